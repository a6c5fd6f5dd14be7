import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority, refusalOf } from '../../authority/index.js';
import type { BankCustomer } from '../../banking/index.js';
import {
  type Audited,
  AuditedTransaction,
  committed,
  type DecisionReference,
  failed,
  refused,
  type Tx,
  type WriteOutcome,
} from '../../ledger/index.js';
import { Grants } from '../grants.js';
import { Recipients } from '../recipients.js';
import { authenticatorRefused } from '../verification.events.js';
import { EnrolAuthenticator, type EnrolledAuthenticator } from './enrol-authenticator.command.js';
import { FactorEnrolment } from './factor-enrolment.js';

@CommandHandler(EnrolAuthenticator)
export class EnrolAuthenticatorHandler implements ICommandHandler<EnrolAuthenticator> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly grants: Grants,
    private readonly recipients: Recipients,
    private readonly enrolment: FactorEnrolment,
  ) {}

  async execute(command: EnrolAuthenticator): Promise<Audited<EnrolledAuthenticator>> {
    const { actor } = command;
    const contacts = await this.recipients.contactsOf(actor.customerNumber ?? '');
    return this.audited.run(actor, async (tx): Promise<WriteOutcome<EnrolledAuthenticator>> => {
      const decision = await this.authority.decide(tx, actor, 'authenticator.enrol', {});
      if (decision.kind !== 'permit') return refused(refusalOf(decision), refusal(decision));
      return this.#enrol(tx, command, { decision, contacts });
    });
  }

  async #enrol(
    tx: Tx,
    { input: { method } }: EnrolAuthenticator,
    { decision, contacts }: { decision: DecisionReference; contacts: BankCustomer | null },
  ): Promise<WriteOutcome<EnrolledAuthenticator>> {
    const grant = await this.grants.take(tx, {
      purpose: 'factor-change',
      requirement: 'factor-change',
      resource: `authenticator/${method}`,
    });
    if (!grant.granted) return failed(grant.problem, refusal(decision), ...grant.events);
    const { view, event } = await this.enrolment.enrol(tx, method, contacts);
    return { ...committed(view, { ...event, decision }, grant.event), isKept: false };
  }
}

function refusal(decision: DecisionReference): ReturnType<typeof authenticatorRefused> {
  return authenticatorRefused({ decision, outcome: 'refused', detail: { step: 'enrol' } });
}
