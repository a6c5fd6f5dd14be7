import { Injectable } from '@nestjs/common';

import { Problem } from '../platform/index.js';
import { Challenges, type VerifiedAttempt } from '../verification/index.js';
import { Conversations } from './conversations.js';
import type { MessageAnswer } from './message-answer.js';
import { Playbooks } from './playbooks/playbooks.js';
import type { Answer, Turn } from './playbooks/playbook.js';
import { ResumePendingIntents } from './resume-pending-intents.js';
import { TurnRunner } from './run-turn.js';
import { asCode } from './understand.js';

const notAccepted = { code: 'verification.failed', events: [] } as const;
/** Wrong, expired, used up or locked: one constant reply. */
const failed: Answer = {
  ...notAccepted,
  outcome: 'verification_required',
  reply: { templateId: 'verification-constant' },
  state: 'awaiting_verification',
};
/** Six digits that nothing asked for. */
const unasked: Answer = {
  ...notAccepted,
  outcome: 'refused',
  reply: { templateId: 'one-time-code-refused' },
};
/** The code was right and no question of this conversation waited for it. */
const done: Answer = {
  outcome: 'answered',
  reply: { templateId: 'verification-complete' },
  events: [],
};

/** Answers a message that is nothing but six digits. */
@Injectable()
export class AnswerCode {
  constructor(
    private readonly challenges: Challenges,
    private readonly conversations: Conversations,
    private readonly playbooks: Playbooks,
    private readonly pending: ResumePendingIntents,
    private readonly turns: TurnRunner,
  ) {}

  /** Null where the digits are not a code but the detail that the last reply asked for. */
  async answer(turn: Turn, digits: string): Promise<MessageAnswer | null> {
    const { actor, conversation } = turn;
    const open = await this.challenges.listOpen(actor);
    if (open.length > 0) return this.#attempt(asCode(turn), open, digits);
    if (this.playbooks.mayAnswerWithDigits(conversation)) return null;
    const late = await this.conversations.pendingChallenge(conversation.id);
    if (late) return this.#attempt(asCode(turn), [late], digits);
    return this.#say(asCode(turn), unasked);
  }

  /**
   * Each attempt is counted, compared and consumed in a transaction of its own, so that nothing that
   * fails afterwards (a silent bank) can give a guess back. Where the session has several challenges
   * open, the digits are tried on each, and count for each.
   */
  async #attempt(
    turn: Turn,
    challengeIds: readonly string[],
    code: string,
  ): Promise<MessageAnswer> {
    for (const challengeId of challengeIds) {
      const verified = await this.#redeem(turn, challengeId, code);
      if (!verified) continue;
      const { actor, accessToken } = verified;
      const resumed = await this.pending.resume(actor, challengeId, turn);
      return { ...(resumed ?? (await this.#say({ ...turn, actor }, done))), accessToken };
    }
    return this.#say(turn, failed);
  }

  /** Null where the code was not accepted; a challenge of another session is one more reason. */
  async #redeem(turn: Turn, challengeId: string, code: string): Promise<VerifiedAttempt | null> {
    try {
      const attempt = await this.challenges.attempt(turn.actor, challengeId, code);
      return attempt.verified ? attempt : null;
    } catch (error) {
      if (error instanceof Problem && error.code === 'resource.not_found') return null;
      throw error;
    }
  }

  #say(turn: Turn, answer: Answer): Promise<MessageAnswer> {
    return this.turns.run(turn, () => Promise.resolve(answer));
  }
}
