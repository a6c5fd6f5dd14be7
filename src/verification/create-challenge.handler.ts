import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority } from '../authority/index.js';
import {
  type Audited,
  AuditedTransaction,
  committed,
  type DecisionReference,
  failed,
  refused,
  type Tx,
  type WriteOutcome,
} from '../ledger/index.js';
import { inputInvalid, parseMoney, type Problem, rateExceeded } from '../platform/index.js';
import { Policies, whyNoAuthenticator } from '../policy/index.js';
import { isOffered } from './assurance.js';
import { countsForMoney } from './authenticators/authenticator-store.js';
import type { ChallengeView } from './challenge-view.js';
import { Challenges } from './challenges.js';
import { CreateChallenge } from './create-challenge.command.js';
import { type Means, Recipients } from './recipients.js';
import { challengeRefused } from './verification.events.js';
import { deliveryUnavailable, verificationProblems } from './verification.problems.js';

@CommandHandler(CreateChallenge)
export class CreateChallengeHandler implements ICommandHandler<CreateChallenge> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly challenges: Challenges,
    private readonly recipients: Recipients,
    private readonly policies: Policies,
  ) {}

  async execute(command: CreateChallenge): Promise<Audited<ChallengeView>> {
    const { actor, input, idempotency } = command;
    const customerNumber = this.#customerNumberOf(command);
    // Looked up for unknown numbers alike; what the bank says shows in the phone's messages alone.
    const means = await this.recipients.meansOf(actor, customerNumber, input.method);
    const obstacle = await this.challenges.obstacleTo(input.method);
    const work = async (tx: Tx): Promise<WriteOutcome<ChallengeView>> => {
      const decision = await this.authority.decide(tx, actor, 'challenge.create', {
        defaultPurpose: input.purpose,
      });
      if (decision.kind !== 'permit') {
        const problem = 'problem' in decision ? decision.problem : methodUnavailable(input.method);
        return refused(problem, refusal(decision, 'authority'));
      }
      if (!means || !this.#isAvailable(tx, command, means)) {
        return refused(methodUnavailable(input.method), refusal(decision, 'method'));
      }
      if (obstacle) {
        return refused(deliveryUnavailable(obstacle, tx.now), refusal(decision, 'carrier'));
      }
      return this.#open(tx, command, { customerNumber, means });
    };
    return this.audited.run(actor, work, { idempotency });
  }

  /** Whether the method is offered and reaches its customer; a guest learns nothing of the latter. */
  #isAvailable(tx: Tx, { actor, input }: CreateChallenge, means: Means): boolean {
    const kind = actor.kind === 'guest' ? 'guest' : 'customer';
    if (!isOffered(means.method, kind, this.policies.assurance)) return false;
    const { authenticator, destination } = means;
    if (!authenticator) return kind === 'guest' || destination !== null;
    // A new factor does not count for money yet: whoever stole a session could have enrolled it.
    return input.amount === undefined || countsForMoney(authenticator, tx.now);
  }

  async #open(
    tx: Tx,
    { actor, input }: CreateChallenge,
    { customerNumber, means }: { customerNumber: string; means: Means },
  ): Promise<WriteOutcome<ChallengeView>> {
    const sealed =
      actor.kind === 'guest' ? await this.recipients.sealClaim(tx, actor, customerNumber) : null;
    const opened = await this.challenges.open(tx, {
      actor,
      means,
      purpose: input.purpose,
      resource: input.resource ?? null,
      amount: input.amount ? parseMoney(input.amount) : null,
      payee: input.payee ?? null,
      ...(sealed ? { claim: { customerNumber, sealed } } : {}),
    });
    if (opened.kind === 'limited') {
      return { ...failed(rateExceeded(opened.rate), ...opened.events), isKept: false };
    }
    return committed(opened.view, ...opened.events);
  }

  /**
   * The number whose phone gets the code: the session's own, or the one a guest claims.
   *
   * @throws Problem `input.invalid` for a purpose that policy does not have, or a number too many or too few.
   */
  #customerNumberOf({ actor, input }: CreateChallenge): string {
    if (!this.policies.authority.purposes.some(({ id }) => id === input.purpose)) {
      throw inputInvalid([{ message: 'is not a purpose of the policy', path: ['purpose'] }]);
    }
    const claimed = input.customerNumber;
    if (actor.kind !== 'guest' && claimed !== undefined) {
      throw inputInvalid([{ message: 'is the session’s own', path: ['customerNumber'] }]);
    }
    const customerNumber = actor.kind === 'guest' ? claimed : actor.customerNumber;
    if (customerNumber === null || customerNumber === undefined) {
      throw inputInvalid([{ message: 'is needed of a guest', path: ['customerNumber'] }]);
    }
    return customerNumber;
  }
}

function methodUnavailable(method: string): Problem {
  const detail = whyNoAuthenticator(method);
  return verificationProblems['challenge.method_unavailable'](detail === null ? {} : { detail });
}

function refusal(decision: DecisionReference, reason: string): ReturnType<typeof challengeRefused> {
  return challengeRefused({ decision, detail: { step: 'create', reason } });
}
