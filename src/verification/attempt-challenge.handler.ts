import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import type { Audited } from '../ledger/index.js';
import { AttemptChallenge, type VerifiedChallenge } from './attempt-challenge.command.js';
import { Challenges } from './challenges.js';
import { PendingIntents } from './pending-intents.js';
import { verificationFailed } from './verification.problems.js';

/** Authority is asked and the outcome recorded by `Challenges.attempt`, which conversations use as well. */
@CommandHandler(AttemptChallenge)
export class AttemptChallengeHandler implements ICommandHandler<AttemptChallenge> {
  constructor(
    private readonly challenges: Challenges,
    private readonly pending: PendingIntents,
  ) {}

  async execute({
    challengeId,
    input,
    actor,
  }: AttemptChallenge): Promise<Audited<VerifiedChallenge>> {
    const attempt = await this.challenges.attempt(actor, challengeId, input.code);
    if (!attempt.verified) throw verificationFailed();
    const resumed = await this.pending.resume(attempt.actor, challengeId);
    const { acr, accessToken, tokenType, expiresIn, receipt } = attempt;
    return {
      status: 'verified',
      acr,
      accessToken,
      tokenType,
      expiresIn,
      ...(resumed ? { resumed } : {}),
      receipt,
    };
  }
}
