import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { TypeOrmModule } from '@nestjs/typeorm';

import { ApprovableActions } from './approval/approvable-action.port.js';
import { ApprovalExecution } from './approval/approval-execution.js';
import { ApprovalExpiry } from './approval/approval-expiry.js';
import { ApprovalRequest } from './approval/approval-request.entity.js';
import { ApprovalSweeps } from './approval/approval-sweeps.js';
import { ApprovalTimes } from './approval/approval-times.js';
import { ApprovalVote } from './approval/approval-vote.entity.js';
import { Approvals } from './approval/approvals.js';
import { ApprovalsController } from './approval/approvals.controller.js';
import { GetApprovalRequestHandler } from './approval/get-approval-request.query.js';
import { ListApprovalRequestsHandler } from './approval/list-approval-requests.query.js';
import { VoteOnApprovalHandler } from './approval/vote-on-approval.handler.js';
import { AuthorityController } from './authority.controller.js';
import { Authority } from './authority.js';
import { AuthorizationCheck } from './authorization-check.js';
import { EvaluateAuthorityHandler } from './evaluate-authority.query.js';
import { Exposures } from './exposure/exposures.js';
import { PolicyAuthority } from './policy-authority.js';

/** The one decision point, and the consent of others, for every context. */
@Global()
@Module({
  imports: [CqrsModule, DiscoveryModule, TypeOrmModule.forFeature([ApprovalRequest, ApprovalVote])],
  controllers: [AuthorityController, ApprovalsController],
  providers: [
    PolicyAuthority,
    { provide: Authority, useExisting: PolicyAuthority },
    ApprovableActions,
    Approvals,
    ApprovalExecution,
    ApprovalExpiry,
    ApprovalTimes,
    ApprovalSweeps,
    AuthorizationCheck,
    Exposures,
    EvaluateAuthorityHandler,
    GetApprovalRequestHandler,
    ListApprovalRequestsHandler,
    VoteOnApprovalHandler,
  ],
  exports: [Authority, Approvals, ApprovableActions, Exposures],
})
export class AuthorityModule {}
