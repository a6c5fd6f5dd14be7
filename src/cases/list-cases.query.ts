import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authority, Authorized, refusalOf } from '../authority/index.js';
import { type Audited, AuditedTransaction, disclosed, refused, type Tx } from '../ledger/index.js';
import type { Actor } from '../platform/index.js';
import { CaseReading } from './case-reading.js';
import { caseTypes } from './case-type.js';
import { type CaseItem, caseItem, caseItemSchema } from './case-view.js';
import { Case } from './case.entity.js';
import { caseAccessRefused, caseListDisclosed } from './cases.events.js';
import { Containment } from './containment/containment.entity.js';

const pageDefault = 25;
const pageMax = 100;
const word = z.string().regex(/^[a-z][a-z_-]{0,39}$/);

export const listCasesSchema = z.strictObject({
  type: z.enum(caseTypes).optional(),
  status: word.optional(),
  queue: word.optional(),
  limit: z.coerce.number().int().min(1).max(pageMax).default(pageDefault),
  after: z.uuid().optional(),
});
export type ListCasesInput = z.infer<typeof listCasesSchema>;

export const caseListSchema = z
  .object({ items: z.array(caseItemSchema), next: z.uuid().nullable() })
  .meta({ id: 'CaseList' });

export interface CaseList {
  readonly items: readonly CaseItem[];
  readonly next: string | null;
}

/** Lists cases, newest first: staff those they may work, everybody else their own. */
@Authorized('case.list', 'dispute.read-transaction')
export class ListCases extends Query<Audited<CaseList>> {
  constructor(
    readonly input: ListCasesInput,
    readonly actor: Actor,
  ) {
    super();
  }
}

@QueryHandler(ListCases)
export class ListCasesHandler implements IQueryHandler<ListCases> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly reading: CaseReading,
  ) {}

  execute({ actor, input }: ListCases): Promise<Audited<CaseList>> {
    return this.audited.disclose<CaseList>(actor, async (tx) => {
      const decision = await this.authority.decide(tx, actor, 'case.list', {
        // Who is not staff asks for their own only; the rows are filtered by the same reference.
        resource: { kind: 'case', id: 'list', ownerSubjectRef: actor.subjectRef },
      });
      if (decision.kind !== 'permit') {
        return refused(
          refusalOf(decision),
          caseAccessRefused({ decision, detail: { part: 'list' } }),
        );
      }
      const found = await pageOf(tx, input);
      const items = [];
      for (const about of found.slice(0, input.limit)) {
        items.push(caseItem(about, await this.reading.maySeeBankFacts(tx, about)));
      }
      const next = found.length > input.limit ? (items.at(-1)?.id ?? null) : null;
      const filters = [input.type, input.status, input.queue].filter((one) => one !== undefined);
      return disclosed(
        { items, next },
        caseListDisclosed({
          decision,
          dataAccessed: ['case.status'],
          detail: { cases: items.length, filters },
        }),
      );
    });
  }
}

/** One row more than a page tells whether there is a next one. Ids ascend with time. */
function pageOf({ manager, actor }: Tx, input: ListCasesInput): Promise<Case[]> {
  const query = manager
    .createQueryBuilder(Case, 'c')
    .orderBy('c.id', 'DESC')
    .take(input.limit + 1);
  if (actor.kind !== 'staff') {
    // Their own notices, and those that block a card of theirs: the holder may undo that.
    query.where(
      `(c.subjectRef = :me OR EXISTS (${query
        .subQuery()
        .select('1')
        .from(Containment, 'k')
        .where('k.caseId = c.id AND k.holderSubjectRef = :me')
        .getQuery()}))`,
      { me: actor.subjectRef },
    );
  }
  if (input.type !== undefined) query.andWhere('c.type = :type', { type: input.type });
  if (input.status !== undefined) query.andWhere('c.status = :status', { status: input.status });
  if (input.queue !== undefined) query.andWhere('c.queue = :queue', { queue: input.queue });
  if (input.after !== undefined) query.andWhere('c.id < :after', { after: input.after });
  return query.getMany();
}
