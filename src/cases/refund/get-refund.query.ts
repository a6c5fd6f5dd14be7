import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authority, Authorized, refusalOf } from '../../authority/index.js';
import { type Audited, AuditedTransaction, disclosed, refused } from '../../ledger/index.js';
import { type Actor, formatMoney, moneySchema, platformProblems } from '../../platform/index.js';
import { Refund } from './refund.entity.js';
import { refundKinds } from './refund-kind.js';
import { refundRead } from './refund.events.js';
import { refundStates } from './refund-state.js';

export const refundViewSchema = z
  .object({
    id: z.uuid(),
    kind: z.enum(refundKinds),
    caseId: z.uuid(),
    amount: moneySchema,
    category: z.string().nullable(),
    state: z.enum(refundStates),
    requestedAt: z.string(),
    executedAt: z.string().nullable(),
  })
  .meta({ id: 'RefundView' });
export type RefundView = z.infer<typeof refundViewSchema>;

/** Reads one refund, as staff who may. */
@Authorized('refund.read')
export class GetRefund extends Query<Audited<RefundView>> {
  constructor(
    readonly refundId: string,
    readonly actor: Actor,
  ) {
    super();
  }
}

@QueryHandler(GetRefund)
export class GetRefundHandler implements IQueryHandler<GetRefund> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
  ) {}

  execute({ actor, refundId }: GetRefund): Promise<Audited<RefundView>> {
    return this.audited.disclose<RefundView>(actor, async (tx) => {
      const resource = { kind: 'refund', id: refundId };
      const decision = await this.authority.decide(tx, actor, 'refund.read', { resource });
      const refund = await tx.manager.findOneBy(Refund, { id: refundId });
      const event = refundRead({
        decision,
        resource,
        caseId: refund?.caseId ?? null,
        dataAccessed: refund && decision.kind === 'permit' ? ['amount', 'state'] : [],
        detail: { refundId },
      });
      if (decision.kind !== 'permit') return refused(refusalOf(decision), event);
      if (!refund) return refused(platformProblems['resource.not_found'](), event);
      return disclosed(viewOf(refund), event);
    });
  }
}

function viewOf(refund: Refund): RefundView {
  return {
    id: refund.id,
    kind: refund.kind,
    caseId: refund.caseId,
    amount: formatMoney(refund.amountMinor, refund.currency),
    category: refund.category,
    state: refund.state,
    requestedAt: refund.requestedAt.toISOString(),
    executedAt: refund.executedAt?.toISOString() ?? null,
  };
}
