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
import { type Problem, platformProblems, rateExceeded } from '../platform/index.js';
import { ChallengeResending } from './challenge-resending.js';
import { ChallengeStore } from './challenge-store.js';
import type { ChallengeView } from './challenge-view.js';
import { type Challenge, isSent } from './challenge.entity.js';
import { aboutOf } from './open-challenge.js';
import { Recipients } from './recipients.js';
import { ResendChallenge } from './resend-challenge.command.js';
import { challengeLimited, challengeRefused, challengeResent } from './verification.events.js';
import { deliveryUnavailable, verificationProblems } from './verification.problems.js';

@CommandHandler(ResendChallenge)
export class ResendChallengeHandler implements ICommandHandler<ResendChallenge> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly store: ChallengeStore,
    private readonly recipients: Recipients,
    private readonly resending: ChallengeResending,
  ) {}

  async execute({
    challengeId,
    actor,
    idempotency,
  }: ResendChallenge): Promise<Audited<ChallengeView>> {
    const found = await this.store.findOwn(actor, challengeId);
    const destination = found ? await this.recipients.destinationOfChallenge(actor, found) : null;
    const work = async (tx: Tx): Promise<WriteOutcome<ChallengeView>> => {
      const decision = await this.authority.decide(tx, actor, 'challenge.resend', {
        resource: {
          kind: 'challenge',
          id: challengeId,
          ownerSubjectRef: found?.subjectRef ?? null,
        },
        defaultPurpose: found?.purpose ?? 'account-access',
      });
      if (!found || decision.kind !== 'permit') {
        const problem =
          found && 'problem' in decision
            ? decision.problem
            : platformProblems['resource.not_found']();
        return refused(problem, refusal(decision, 'not_own'));
      }
      return this.#resend(tx, { found, destination, decision });
    };
    return this.audited.run(actor, work, { idempotency });
  }

  async #resend(
    tx: Tx,
    { found, destination, decision }: Resend,
  ): Promise<WriteOutcome<ChallengeView>> {
    const challenge = await this.store.lock(tx, found.id);
    if (!challenge.isOpen(tx.now)) {
      return refused(verificationProblems['challenge.closed'](), refusal(decision, 'closed'));
    }
    if (!isSent(challenge.method)) {
      const problem = verificationProblems['challenge.not_sent']();
      return refused(problem, refusal(decision, 'not_sent'));
    }
    const resent = await this.resending.resend(tx, challenge, destination);
    if (resent.kind === 'obstructed') {
      const problem = deliveryUnavailable(resent.obstacle, tx.now);
      return refused(problem, refusal(decision, 'carrier'));
    }
    const { detail, ...about } = aboutOf(challenge);
    if (resent.kind === 'limited') {
      const problem: Problem = rateExceeded(resent.rate);
      const limited = challengeLimited({ ...about, decision, outcome: 'refused', detail });
      return { ...failed(problem, limited), isKept: false };
    }
    const expiresAt = challenge.expiresAt.toISOString();
    return committed(
      resent.view,
      challengeResent({ ...about, decision, detail: { ...detail, expiresAt } }),
    );
  }
}

interface Resend {
  readonly found: Challenge;
  readonly destination: string | null;
  readonly decision: DecisionReference;
}

function refusal(decision: DecisionReference, reason: string): ReturnType<typeof challengeRefused> {
  return challengeRefused({ decision, detail: { step: 'resend', reason } });
}
