import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { IsNull } from 'typeorm';
import { z } from 'zod';

import { Authority, Authorized, refusalOf } from '../../authority/index.js';
import { type Audited, AuditedTransaction, disclosed, refused } from '../../ledger/index.js';
import type { Actor } from '../../platform/index.js';
import { moneyDifferenceKinds } from './money-difference.js';
import { MoneyDifference } from './money-difference.entity.js';
import { moneyDifferencesListed } from './reconciliation.events.js';

export const moneyDifferencesSchema = z
  .object({
    items: z.array(
      z.object({
        refundId: z.uuid(),
        kind: z.enum(moneyDifferenceKinds),
        foundAt: z.string(),
        goneAt: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'MoneyDifferences' });
export type MoneyDifferences = z.infer<typeof moneyDifferencesSchema>;

export const listMoneyDifferencesSchema = z.strictObject({
  state: z.enum(['open', 'all']).default('open'),
});

const listMax = 200;

/** Lists where approved, executed and booked money disagree, newest first. */
@Authorized('money-difference.list')
export class ListMoneyDifferences extends Query<Audited<MoneyDifferences>> {
  constructor(
    readonly filter: z.output<typeof listMoneyDifferencesSchema>,
    readonly actor: Actor,
  ) {
    super();
  }
}

@QueryHandler(ListMoneyDifferences)
export class ListMoneyDifferencesHandler implements IQueryHandler<ListMoneyDifferences> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
  ) {}

  execute({ actor, filter }: ListMoneyDifferences): Promise<Audited<MoneyDifferences>> {
    return this.audited.disclose<MoneyDifferences>(actor, async (tx) => {
      const decision = await this.authority.decide(tx, actor, 'money-difference.list', {});
      if (decision.kind !== 'permit') {
        const event = moneyDifferencesListed({ decision, detail: { count: 0 } });
        return refused(refusalOf(decision), event);
      }
      const found = await tx.manager.find(MoneyDifference, {
        where: filter.state === 'open' ? { goneAt: IsNull() } : {},
        order: { foundAt: 'DESC', refundId: 'ASC', kind: 'ASC' },
        take: listMax,
      });
      const items = found.map(({ refundId, kind, foundAt, goneAt }) => ({
        refundId,
        kind,
        foundAt: foundAt.toISOString(),
        goneAt: goneAt?.toISOString() ?? null,
      }));
      const event = moneyDifferencesListed({ decision, detail: { count: items.length } });
      return disclosed({ items }, event);
    });
  }
}
