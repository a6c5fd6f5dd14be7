import { createHash } from 'node:crypto';

import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Not } from 'typeorm';
import { z } from 'zod';

import { Authorized } from '../../authority/index.js';
import { CoreBanking } from '../../banking/index.js';
import type { Audited, Tx } from '../../ledger/index.js';
import type { Actor, CaseId } from '../../platform/index.js';
import { CaseReading } from '../case-reading.js';
import { countryDefault, DisputeAssessment } from '../dispute/dispute-assessment.js';
import type { DeadlineTerms } from '../dispute/dispute-deadlines.js';
import { withPatience } from '../patience.js';
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
@Authorized('deadline.list', 'dispute.read-transaction')
export class ListDeadlines extends Query<Audited<DeadlineList>> {
  constructor(
    readonly caseId: string,
    readonly actor: Actor,
  ) {
    super();
  }
}

/** What a clock is shown by. */
type Clock = DeadlineTerms & Pick<Deadline, 'id' | 'state'>;

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
  constructor(
    private readonly reading: CaseReading,
    private readonly assessment: DisputeAssessment,
    private readonly banking: CoreBanking,
  ) {}

  async execute({ actor, caseId }: ListDeadlines): Promise<Audited<DeadlineList>> {
    const countryCode = await this.#countryOf(actor);
    return this.reading.read(actor, {
      caseId,
      part: 'deadlines',
      action: 'deadline.list',
      show: async (tx, about) => {
        const isOfNotice =
          about.type === 'dispute' && !(await this.reading.maySeeBankFacts(tx, about));
        const rows = isOfNotice
          ? clocksShown(about.id, await this.assessment.clocksOfNotice(tx, about, countryCode))
          : await standingClocks(tx, about.id);
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

  /** Whose law holds; asked before the transaction, and of a silent bank not for long. */
  async #countryOf({ kind, customerNumber }: Actor): Promise<string> {
    if (kind !== 'customer' || customerNumber === null) return countryDefault;
    const customer = await withPatience(this.banking.findCustomer(customerNumber), null);
    return customer?.countryCode ?? countryDefault;
  }
}

function standingClocks({ manager }: Tx, caseId: CaseId): Promise<Deadline[]> {
  return manager.find(Deadline, {
    where: { caseId, state: Not('superseded') },
    order: { dueAt: 'ASC', ruleId: 'ASC' },
  });
}

/** Clocks that stand for those of the case; their ids are their own, lest the stored ones tell. */
function clocksShown(caseId: CaseId, terms: readonly DeadlineTerms[]): Clock[] {
  return terms
    .map((term): Clock => ({ ...term, id: idOf(caseId, term.ruleId), state: 'running' }))
    .sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime() || (a.ruleId < b.ruleId ? -1 : 1));
}

/** The same for the same clock at each reading: a UUID of version 8 (RFC 9562 §5.8). */
function idOf(caseId: CaseId, ruleId: string): string {
  const hex = createHash('sha256').update(`${caseId}/${ruleId}`).digest('hex');
  const groups = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(12, 15)}`];
  return [...groups, `8${hex.slice(15, 18)}`, hex.slice(18, 30)].join('-');
}

function deadlineView(row: Clock, hidden: readonly string[]): DeadlineView {
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
