import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority, refusalOf } from '../authority/index.js';
import {
  type Audited,
  AuditedTransaction,
  committed,
  failed,
  refused,
  type Tx,
  type WriteOutcome,
} from '../ledger/index.js';
import type { Actor } from '../platform/index.js';
import { AssertionSignIn } from './assertions/assertion-sign-in.js';
import {
  CreateCustomerSession,
  type CreatedCustomerSession,
} from './create-customer-session.command.js';
import type { Proof } from './customer-sessions.js';
import { CustomerSignIn } from './customer-sign-in.js';
import { sessionCreated, sessionRefused } from './identity.events.js';
import { customerSignInFailed, identityProblems } from './identity.problems.js';
import { passcodeProof, PasscodeSignIn } from './passcode-sign-in.js';

/** Why a sign-in cannot go on; told to the ledger, never to the caller. */
type Refusal = 'credentials' | 'limit' | 'assertion' | 'replay' | 'unknown';

/** Whom the bank vouched for, and what is left to do in the transaction that signs them in. */
interface Vouched {
  readonly customerNumber: string;
  readonly proof: Proof;
  readonly settle: (tx: Tx) => Promise<Refusal | null>;
}

@CommandHandler(CreateCustomerSession)
export class CreateCustomerSessionHandler implements ICommandHandler<CreateCustomerSession> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly passcodes: PasscodeSignIn,
    private readonly assertions: AssertionSignIn,
    private readonly signIn: CustomerSignIn,
  ) {}

  async execute({ input, actor }: CreateCustomerSession): Promise<Audited<CreatedCustomerSession>> {
    if ('assertion' in input && !this.assertions.isConfigured) return this.#refuseAssertion(actor);
    const judgement =
      'assertion' in input
        ? await this.#judgeAssertion(input.assertion)
        : await this.#judgePasscode(input.customerNumber, input.passcode);
    return this.audited.run(actor, async (tx): Promise<WriteOutcome<CreatedCustomerSession>> => {
      const decision = await this.authority.decide(tx, actor, 'customer-session.create', {});
      if (decision.kind !== 'permit') {
        const detail = { reason: 'authority' } as const;
        return refused(refusalOf(decision), sessionRefused({ decision, detail }));
      }
      const refusal = typeof judgement === 'string' ? judgement : await judgement.settle(tx);
      if (refusal !== null || typeof judgement === 'string') {
        const reason = refusal ?? 'credentials';
        return failed(customerSignInFailed(), sessionRefused({ decision, detail: { reason } }));
      }
      const { session, tokens } = await this.signIn.open(tx, judgement);
      return committed(
        { ...tokens, acr: session.acr, amr: session.amr },
        sessionCreated({
          decision,
          subjectRef: session.subjectRef,
          resource: { kind: 'customer-session', id: session.id },
          detail: { acr: session.acr, amr: [...session.amr] },
        }),
      );
    });
  }

  async #judgePasscode(customerNumber: string, passcode: string): Promise<Vouched | Refusal> {
    const refusal = await this.passcodes.judge(customerNumber, passcode);
    if (refusal) return refusal;
    const settle = async (tx: Tx): Promise<null> => {
      await this.passcodes.forgetFailures(tx, customerNumber);
      return null;
    };
    return { customerNumber, proof: passcodeProof, settle };
  }

  /** An assertion is used up by its first use, also where its customer is not known here. */
  async #judgeAssertion(assertion: string): Promise<Vouched | Refusal> {
    const judged = await this.assertions.judge(assertion);
    if (!judged) return 'assertion';
    const { vouched, isKnown } = judged;
    const settle = async (tx: Tx): Promise<Refusal | null> => {
      if (!(await this.assertions.take(tx, vouched))) return 'replay';
      return isKnown ? null : 'unknown';
    };
    return { customerNumber: vouched.customerNumber, proof: vouched.proof, settle };
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
