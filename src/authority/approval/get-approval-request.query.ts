import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { z } from 'zod';

import { type Audited, AuditedTransaction, disclosed, refused } from '../../ledger/index.js';
import { type Actor, platformProblems } from '../../platform/index.js';
import { approvalRead } from '../authority.events.js';
import { Authority } from '../authority.js';
import { Authorized } from '../authorized.js';
import { refusalOf } from '../refusal.js';
import { ApprovalRequest } from './approval-request.entity.js';
import {
  approvalReceiptSchema,
  approvalRequestViewSchema,
  approvalVoteViewSchema,
  viewOfRequest,
  viewOfVote,
} from './approval-view.js';
import { ApprovalVote } from './approval-vote.entity.js';
import { about } from './approvals.js';

export const approvalRequestDetailSchema = approvalRequestViewSchema
  .extend({ votes: approvalVoteViewSchema.array(), receipt: approvalReceiptSchema })
  .meta({ id: 'ApprovalRequestDetail' });
export type ApprovalRequestDetail = Omit<z.infer<typeof approvalRequestDetailSchema>, 'receipt'>;

/** One request with the votes on it, oldest first. */
@Authorized('approval-request.read')
export class GetApprovalRequest extends Query<Audited<ApprovalRequestDetail>> {
  constructor(
    readonly requestId: string,
    readonly actor: Actor,
  ) {
    super();
  }
}

@QueryHandler(GetApprovalRequest)
export class GetApprovalRequestHandler implements IQueryHandler<GetApprovalRequest> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
  ) {}

  execute({ actor, requestId }: GetApprovalRequest): Promise<Audited<ApprovalRequestDetail>> {
    return this.audited.disclose<ApprovalRequestDetail>(actor, async (tx) => {
      const request = await tx.manager.findOneBy(ApprovalRequest, { id: requestId });
      const event = { ...(request && about(request)), detail: { action: request?.action ?? null } };
      const decision = await this.authority.decide(tx, actor, 'approval-request.read', {});
      // Whoever may read none does not learn which there are.
      if (decision.kind !== 'permit')
        return refused(refusalOf(decision), approvalRead({ ...event, decision }));
      if (!request) {
        return refused(
          platformProblems['resource.not_found'](),
          approvalRead({ ...event, decision }),
        );
      }
      const votes = await tx.manager.find(ApprovalVote, {
        where: { requestId },
        order: { id: 'ASC' },
      });
      const view = { ...viewOfRequest(request), votes: votes.map(viewOfVote) };
      return disclosed(view, approvalRead({ ...event, decision }));
    });
  }
}
