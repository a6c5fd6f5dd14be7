import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Approvals, Authority, refusalOf } from '../../authority/index.js';
import type { BankCustomer } from '../../banking/index.js';
import {
  type Audited,
  AuditedTransaction,
  committed,
  type DecisionReference,
  refused,
  type Tx,
  type WriteOutcome,
} from '../../ledger/index.js';
import { platformProblems, type SubjectRef } from '../../platform/index.js';
import type { ApprovalRequired } from '../../policy/index.js';
import { Recipients } from '../recipients.js';
import { factorRecoveryRefused, factorRecoveryRequested } from '../verification.events.js';
import { verificationProblems } from '../verification.problems.js';
import { FactorRecoveryCustomer } from './factor-recovery-customer.js';
import {
  RequestFactorRecovery,
  type RequestedFactorRecovery,
} from './request-factor-recovery.command.js';

@CommandHandler(RequestFactorRecovery)
export class RequestFactorRecoveryHandler implements ICommandHandler<RequestFactorRecovery> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly approvals: Approvals,
    private readonly recipients: Recipients,
    private readonly customer: FactorRecoveryCustomer,
  ) {}

  async execute(command: RequestFactorRecovery): Promise<Audited<RequestedFactorRecovery>> {
    const { actor, input, idempotency } = command;
    const contacts = await this.recipients.contactsOf(input.customerNumber);
    return this.audited.run(
      actor,
      async (tx): Promise<WriteOutcome<RequestedFactorRecovery>> => {
        const decision = await this.authority.decide(tx, actor, 'factor-recovery.request', {});
        if (decision.kind !== 'approval') return refused(refusalOf(decision), refusal(decision));
        const subjectRef = await this.customer.find(tx, input.customerNumber);
        // The code goes to an address that the bank knows, or to nobody.
        if (subjectRef === null || !contacts?.email) {
          return refused(platformProblems['resource.not_found'](), refusal(decision));
        }
        return this.#request(tx, command, { decision, subjectRef, contacts });
      },
      { idempotency },
    );
  }

  async #request(
    tx: Tx,
    { input: { proofing } }: RequestFactorRecovery,
    about: { decision: ApprovalRequired; subjectRef: SubjectRef; contacts: BankCustomer },
  ): Promise<WriteOutcome<RequestedFactorRecovery>> {
    const { decision, subjectRef, contacts } = about;
    const id = await this.customer.begin(tx, { subjectRef, proofing, contacts });
    if (id === null) {
      return refused(verificationProblems['factor_recovery.waiting'](), refusal(decision));
    }
    const resource = { kind: 'factor-recovery', id };
    const { view, event } = await this.approvals.request(
      tx,
      {
        resource,
        caseId: null,
        amountMinor: null,
        aggregateMinor: null,
        currency: null,
        category: null,
      },
      decision,
    );
    const recovery = { id, state: 'awaiting_approval' as const };
    const requested = factorRecoveryRequested({
      decision,
      subjectRef,
      resource,
      detail: { proofing },
    });
    return committed(
      { recovery, approvalRequest: { ...view, groups: [...view.groups] } },
      requested,
      event,
    );
  }
}

function refusal(decision: DecisionReference): ReturnType<typeof factorRecoveryRefused> {
  return factorRecoveryRefused({ decision, detail: {} });
}
