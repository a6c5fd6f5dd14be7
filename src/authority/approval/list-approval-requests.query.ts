import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { z } from 'zod';
import { In, LessThan } from 'typeorm';

import { type Audited, AuditedTransaction, disclosed, refused } from '../../ledger/index.js';
import type { Actor } from '../../platform/index.js';
import { approvalsListed } from '../authority.events.js';
import { Authority } from '../authority.js';
import { Authorized } from '../authorized.js';
import { refusalOf } from '../refusal.js';
import { ApprovalRequest } from './approval-request.entity.js';
import { approvalStates } from './approval-state.js';
import {
  approvalReceiptSchema,
  type ApprovalRequestView,
  approvalRequestViewSchema,
  viewOfRequest,
} from './approval-view.js';

const pageMax = 100;
const pageDefault = 25;

export const listApprovalRequestsSchema = z.strictObject({
  state: z.enum(approvalStates).optional(),
  caseId: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(pageMax).default(pageDefault),
  after: z.uuid().optional(),
});

export const approvalRequestListSchema = z
  .strictObject({
    items: z.array(approvalRequestViewSchema),
    next: z.uuid().nullable(),
    receipt: approvalReceiptSchema,
  })
  .meta({ id: 'ApprovalRequestList' });

export interface ApprovalRequestPage {
  readonly items: readonly ApprovalRequestView[];
  readonly next: string | null;
}

/** Requests, newest first. */
@Authorized('approval-request.list')
export class ListApprovalRequests extends Query<Audited<ApprovalRequestPage>> {
  constructor(
    readonly input: z.infer<typeof listApprovalRequestsSchema>,
    readonly actor: Actor,
  ) {
    super();
  }
}

@QueryHandler(ListApprovalRequests)
export class ListApprovalRequestsHandler implements IQueryHandler<ListApprovalRequests> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
  ) {}

  execute({ actor, input }: ListApprovalRequests): Promise<Audited<ApprovalRequestPage>> {
    return this.audited.disclose<ApprovalRequestPage>(actor, async (tx) => {
      const decision = await this.authority.decide(tx, actor, 'approval-request.list', {});
      if (decision.kind !== 'permit') {
        return refused(refusalOf(decision), approvalsListed({ decision, detail: { count: 0 } }));
      }
      const rows = await tx.manager.find(ApprovalRequest, {
        where: {
          ...(input.state && { state: In([input.state]) }),
          ...(input.caseId && { caseId: In([input.caseId]) }),
          ...(input.after && { id: LessThan(input.after) }),
        },
        order: { id: 'DESC' },
        take: input.limit + 1,
      });
      const items = rows.slice(0, input.limit).map(viewOfRequest);
      const next = rows.length > input.limit ? (items.at(-1)?.id ?? null) : null;
      const event = approvalsListed({ decision, detail: { count: items.length } });
      return disclosed({ items, next }, event);
    });
  }
}
