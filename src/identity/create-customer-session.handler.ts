import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority } from '../authority/index.js';
import { BankUnavailable, CoreBanking } from '../banking/index.js';
import {
  type Audited,
  AuditedTransaction,
  committed,
  failed,
  refused,
  type WriteOutcome,
} from '../ledger/index.js';
import { type Actor, platformProblems } from '../platform/index.js';
import {
  CreateCustomerSession,
  type CreatedCustomerSession,
} from './create-customer-session.command.js';
import { CustomerSignIn } from './customer-sign-in.js';
import { sessionCreated, sessionRefused } from './identity.events.js';
import { customerSignInFailed, identityProblems } from './identity.problems.js';
import { PasscodeLimit } from './passcode-limit.js';

/** Why a sign-in cannot go on; told to the ledger, never to the caller. */
type Refusal = 'credentials' | 'limit' | null;

@CommandHandler(CreateCustomerSession)
export class CreateCustomerSessionHandler implements ICommandHandler<CreateCustomerSession> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly banking: CoreBanking,
    private readonly limit: PasscodeLimit,
    private readonly signIn: CustomerSignIn,
  ) {}

  async execute({ input, actor }: CreateCustomerSession): Promise<Audited<CreatedCustomerSession>> {
    if ('assertion' in input) return this.#refuseAssertion(actor);
    const { customerNumber, passcode } = input;
    const refusal = await this.#judge(customerNumber, passcode);
    return this.audited.run(actor, async (tx): Promise<WriteOutcome<CreatedCustomerSession>> => {
      const decision = await this.authority.decide(tx, actor, 'customer-session.create', {});
      if (decision.kind !== 'permit') {
        const problem = 'problem' in decision ? decision.problem : customerSignInFailed();
        return refused(problem, sessionRefused({ decision, detail: { reason: 'authority' } }));
      }
      if (refusal !== null) {
        return failed(
          customerSignInFailed(),
          sessionRefused({ decision, detail: { reason: refusal } }),
        );
      }
      await this.limit.reset(tx, customerNumber);
      const { session, token } = await this.signIn.open(tx, customerNumber);
      return committed(
        { ...token, acr: session.acr, amr: session.amr },
        sessionCreated({
          decision,
          subjectRef: session.subjectRef,
          resource: { kind: 'customer-session', id: session.id },
          detail: { acr: session.acr, amr: [...session.amr] },
        }),
      );
    });
  }

  /** Counted first, then compared by the bank, for unknown and locked numbers alike: one answer, one time. */
  async #judge(customerNumber: string, passcode: string): Promise<Refusal> {
    const isCounted = await this.limit.count(customerNumber);
    try {
      const fits = await this.banking.verifyPasscode(customerNumber, passcode);
      if (!isCounted) return 'limit';
      return fits ? null : 'credentials';
    } catch (error) {
      if (!(error instanceof BankUnavailable)) throw error;
      if (isCounted) await this.limit.giveBack(customerNumber);
      throw platformProblems['service.unavailable']({ cause: error });
    }
  }

  #refuseAssertion(actor: Actor): Promise<Audited<CreatedCustomerSession>> {
    return this.audited.run(actor, async (tx) => {
      const decision = await this.authority.decide(tx, actor, 'customer-session.create', {});
      return refused(
        identityProblems['session.assertion_unavailable'](),
        sessionRefused({ decision, detail: { reason: 'assertion' } }),
      );
    });
  }
}
