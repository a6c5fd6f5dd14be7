import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority } from '../authority/index.js';
import { AuditedTransaction, refused } from '../ledger/index.js';
import { ChangeAuthenticator } from './change-authenticator.command.js';
import { authenticatorRefused } from './verification.events.js';
import { verificationProblems } from './verification.problems.js';

/** The only factor is the phone that the bank keeps; it is changed with the bank. */
@CommandHandler(ChangeAuthenticator)
export class ChangeAuthenticatorHandler implements ICommandHandler<ChangeAuthenticator> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
  ) {}

  async execute({ step, actor }: ChangeAuthenticator): Promise<never> {
    await this.audited.run(actor, async (tx) => {
      const decision = await this.authority.decide(tx, actor, `authenticator.${step}`, {});
      const problem =
        'problem' in decision
          ? decision.problem
          : verificationProblems['authenticator.unavailable']();
      return refused(problem, authenticatorRefused({ decision, detail: { step } }));
    });
    throw new Error('Every outcome is a refusal');
  }
}
