import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Not } from 'typeorm';
import { z } from 'zod';

import { Authorized } from '../../authority/index.js';
import type { Audited } from '../../ledger/index.js';
import type { Actor } from '../../platform/index.js';
import { CaseReading } from '../case-reading.js';
import { deadlineStates } from './deadline-state.js';
import { Deadline } from './deadline.entity.js';

const factSchema = z.union([z.string(), z.number(), z.boolean(), z.null()]);

export const deadlineViewSchema = z
  .object({
    id: z.uuid(),
    kind: z.string(),
    dueAt: z.iso.datetime(),
    state: z.enum(deadlineStates),
    rule: z.object({ id: z.string(), citation: z.string() }),
    inputs: z.record(z.string(), factSchema),
    calendar: z.string(),
    steps: z.array(z.string()),
  })
  .meta({
    id: 'Deadline',
    description: 'A clock with its rule, citation, inputs and counted days.',
  });
export type DeadlineView = z.infer<typeof deadlineViewSchema>;

export const deadlineListSchema = z
  .object({ items: z.array(deadlineViewSchema), next: z.null() })
  .meta({ id: 'DeadlineList' });

export interface DeadlineList {
  readonly items: readonly DeadlineView[];
  readonly next: null;
}

/** The clocks of a case, the next one first. */
@Authorized('deadline.list')
export class ListDeadlines extends Query<Audited<DeadlineList>> {
  constructor(
    readonly caseId: string,
    readonly actor: Actor,
  ) {
    super();
  }
}

/** Inputs that come from the account or its transactions: shown to those who may see these. */
const accountInputs = [
  'accountKind',
  'country',
  'extended',
  'firstDepositOn',
  'newAccount',
  'transactionKind',
  'transactionPostedOn',
];

@QueryHandler(ListDeadlines)
export class ListDeadlinesHandler implements IQueryHandler<ListDeadlines> {
  constructor(private readonly reading: CaseReading) {}

  execute({ actor, caseId }: ListDeadlines): Promise<Audited<DeadlineList>> {
    return this.reading.read(actor, {
      caseId,
      part: 'deadlines',
      action: 'deadline.list',
      show: async (tx, about) => {
        const rows = await tx.manager.find(Deadline, {
          where: { caseId: about.id, state: Not('superseded') },
          order: { dueAt: 'ASC', ruleId: 'ASC' },
        });
        const maySee = await this.reading.mayReadTransaction(tx, about);
        const hidden = maySee ? [] : accountInputs;
        const items = rows.map((row) => deadlineView(row, hidden));
        const fields = ['deadline.kind', 'deadline.dueAt', 'deadline.state'];
        return {
          view: { items, next: null },
          dataAccessed: maySee ? [...fields, 'deadline.inputs'] : fields,
        };
      },
    });
  }
}

function deadlineView(row: Deadline, hidden: readonly string[]): DeadlineView {
  const { id, kind, state, calendar } = row;
  return {
    id,
    kind,
    dueAt: row.dueAt.toISOString(),
    state,
    rule: { id: row.ruleId, citation: row.citation },
    inputs: Object.fromEntries(
      Object.entries(row.inputs).filter(([name]) => !hidden.includes(name)),
    ),
    calendar,
    // A billing cycle is the account's too.
    steps: row.steps.filter((step) => hidden.length === 0 || !step.includes('complete cycle')),
  };
}
