import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority, refusalOf } from '../../authority/index.js';
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
import { platformProblems } from '../../platform/index.js';
import {
  authenticatorConfirmed,
  authenticatorConfirmFailed,
  authenticatorRefused,
} from '../verification.events.js';
import { verificationProblems } from '../verification.problems.js';
import {
  ConfirmAuthenticator,
  type ConfirmedAuthenticator,
} from './confirm-authenticator.command.js';
import { type AdmittedConfirmation, FactorConfirmation } from './factor-confirmation.js';
import { FactorNotices } from './factor-notices.js';

@CommandHandler(ConfirmAuthenticator)
export class ConfirmAuthenticatorHandler implements ICommandHandler<ConfirmAuthenticator> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly confirmation: FactorConfirmation,
    private readonly notices: FactorNotices,
  ) {}

  async execute(command: ConfirmAuthenticator): Promise<Audited<ConfirmedAuthenticator>> {
    const { actor, authenticatorId } = command;
    const admitted = await this.confirmation.admit(actor, authenticatorId);
    return this.audited.run(actor, async (tx): Promise<WriteOutcome<ConfirmedAuthenticator>> => {
      const ownerSubjectRef = admitted?.factor.subjectRef ?? null;
      const decision = await this.authority.decide(tx, actor, 'authenticator.confirm', {
        resource: { kind: 'authenticator', id: authenticatorId, ownerSubjectRef },
      });
      if (decision.kind !== 'permit' || !admitted) {
        const problem = admitted ? refusalOf(decision) : platformProblems['resource.not_found']();
        return refused(problem, authenticatorRefused({ decision, detail: { step: 'confirm' } }));
      }
      return this.#confirm(tx, command, { ...admitted, decision });
    });
  }

  async #confirm(
    tx: Tx,
    { input }: ConfirmAuthenticator,
    {
      factor,
      contacts,
      mayCount,
      decision,
    }: AdmittedConfirmation & { decision: DecisionReference },
  ): Promise<WriteOutcome<ConfirmedAuthenticator>> {
    const { id, method, subjectRef } = factor;
    const about = { decision, subjectRef, resource: { kind: 'authenticator', id } };
    const active = mayCount ? await this.confirmation.confirm(tx, factor, input.code) : null;
    if (!active?.countsForMoneyAt) {
      const problem = verificationProblems['authenticator.code_refused']();
      return failed(
        problem,
        authenticatorConfirmFailed({ ...about, outcome: 'failed', detail: { method } }),
      );
    }
    await this.notices.tell(tx, contacts, { change: 'enrolled', subjectRef });
    const countsForMoneyAt = active.countsForMoneyAt.toISOString();
    return committed(
      { id, method, state: 'active', countsForMoneyAt },
      authenticatorConfirmed({ ...about, detail: { method, countsForMoneyAt } }),
    );
  }
}
