import { Injectable, Logger } from '@nestjs/common';

import type { Tx } from '../ledger/index.js';
import { type Actor, type ChallengeId, Problem } from '../platform/index.js';

/** Answers what waited for a code. The contexts in which something can wait implement and register it. */
export abstract class PendingIntentResumer {
  /** Null where nothing of it waited for this challenge. */
  abstract resume(actor: Actor, challengeId: string): Promise<object | null>;
  /** What waited for one challenge waits for another from now on: the customer chose another method. */
  abstract move(tx: Tx, from: ChallengeId, to: ChallengeId): Promise<void>;
}

/** What to go on with once a code was right. */
@Injectable()
export class PendingIntents {
  readonly #logger = new Logger('PendingIntents');
  readonly #resumers: PendingIntentResumer[] = [];

  /** Call it in `onModuleInit`. */
  register(resumer: PendingIntentResumer): void {
    this.#resumers.push(resumer);
  }

  async move(tx: Tx, from: ChallengeId, to: ChallengeId): Promise<void> {
    for (const resumer of this.#resumers) await resumer.move(tx, from, to);
  }

  /**
   * The first answer that something waited for. The code is used up by now: what cannot be answered
   * keeps waiting for its owner to ask again, and the caller gets the token all the same.
   */
  async resume(actor: Actor, challengeId: string): Promise<object | null> {
    try {
      for (const resumer of this.#resumers) {
        const answer = await resumer.resume(actor, challengeId);
        if (answer) return answer;
      }
    } catch (error) {
      this.#logger.warn(
        `A pending intent was not resumed: ${error instanceof Problem ? error.code : 'fault'}`,
      );
    }
    return null;
  }
}
