import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Approvals, Authority, authorityProblems, refusalOf } from '../../../authority/index.js';
import {
  type Audited,
  AuditedTransaction,
  committed,
  refused,
  type WriteOutcome,
} from '../../../ledger/index.js';
import { platformProblems } from '../../../platform/index.js';
import { StaffDirectory } from '../staff-directory.js';
import { staffAdministrationRefused, staffFactorResetRequested } from '../staff.events.js';
import { RequestFactorReset, type RequestedFactorReset } from './request-factor-reset.command.js';

@CommandHandler(RequestFactorReset)
export class RequestFactorResetHandler implements ICommandHandler<RequestFactorReset> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly approvals: Approvals,
    private readonly directory: StaffDirectory,
  ) {}

  async execute({ staffId, actor }: RequestFactorReset): Promise<Audited<RequestedFactorReset>> {
    return this.audited.run(actor, async (tx): Promise<WriteOutcome<RequestedFactorReset>> => {
      const resource = { kind: 'staff', id: staffId };
      const facts = { resource, personId: staffId };
      const decision = await this.authority.decide(tx, actor, 'staff.reset-factor', facts);
      const detail = { action: 'staff.reset-factor' };
      const refusal = staffAdministrationRefused({ decision, resource, detail });
      // Policy never lets one person do it: a permit alone would be a mistake of policy.
      if (decision.kind !== 'approval') return refused(refusalOf(decision), refusal);
      const entry = await this.directory.lock(tx, staffId);
      if (entry?.status !== 'active' || !entry.hasPassword) {
        return refused(platformProblems['resource.not_found'](), refusal);
      }
      // The lock on the entry makes two requests wait for each other.
      if (await this.approvals.isOpenFor(tx, resource)) {
        return refused(authorityProblems['approval.open'](), refusal);
      }
      const { view, event } = await this.approvals.request(
        tx,
        {
          resource,
          caseId: null,
          amountMinor: null,
          aggregateMinor: null,
          currency: null,
          category: null,
          onBehalfOf: staffId,
        },
        decision,
      );
      const requested = staffFactorResetRequested({
        decision,
        resource,
        detail: { approvalRequestId: view.id },
      });
      return committed({ approvalRequest: view }, requested, event);
    });
  }
}
