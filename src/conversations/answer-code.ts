import { Injectable } from '@nestjs/common';

import { Challenges } from '../verification/index.js';
import type { MessageAnswer } from './message-answer.js';
import type { Turn } from './playbooks/playbook.js';
import { ResumePendingIntents } from './resume-pending-intents.js';
import { TurnRunner } from './run-turn.js';

/** Answers a message that is a one-time code. */
@Injectable()
export class AnswerCode {
  constructor(
    private readonly challenges: Challenges,
    private readonly pending: ResumePendingIntents,
    private readonly turns: TurnRunner,
  ) {}

  /**
   * The attempt is counted, compared and consumed in a transaction of its own, so that nothing that
   * fails afterwards (a silent bank) can give a guess back.
   */
  async attempt(turn: Turn, challengeId: string, code: string): Promise<MessageAnswer> {
    const attempt = await this.challenges.attempt(turn.actor, challengeId, code);
    if (!attempt.verified) {
      // Wrong, expired, used up or locked: one constant reply.
      return this.turns.run(turn, () =>
        Promise.resolve({
          outcome: 'verification_required',
          code: 'verification.failed',
          reply: { templateId: 'verification-constant' },
          events: [],
          state: 'awaiting_verification',
        }),
      );
    }
    const resumed = await this.pending.resume(attempt.actor, challengeId, turn);
    // The conversation waited for this very challenge: there is always a question to answer.
    if (!resumed) throw new Error('A verified challenge had no pending intent');
    return { ...resumed, accessToken: attempt.accessToken };
  }

  /** Six digits that nothing asked for: refused, and not kept. */
  refuse(turn: Turn): Promise<MessageAnswer> {
    return this.turns.run(turn, () =>
      Promise.resolve({
        outcome: 'refused',
        code: 'verification.failed',
        reply: { templateId: 'one-time-code-refused' },
        events: [],
      }),
    );
  }
}
