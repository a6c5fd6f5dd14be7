import { Injectable, type OnModuleInit } from '@nestjs/common';

import { AuditedTransaction, committed } from '../ledger/index.js';
import { Clock, IdSource, JobQueue, serviceActor } from '../platform/index.js';
import { ChallengeStore } from './challenge-store.js';
import type { Challenge } from './challenge.entity.js';
import { aboutOf } from './open-challenge.js';
import { challengeExpired } from './verification.events.js';

const challengesMax = 500;

/** Says of every challenge that ended without a right code that it did. A code's time is over without it, too. */
@Injectable()
export class ChallengeExpiry implements OnModuleInit {
  constructor(
    private readonly jobs: JobQueue,
    private readonly audited: AuditedTransaction,
    private readonly store: ChallengeStore,
    private readonly clock: Clock,
    private readonly ids: IdSource,
  ) {}

  onModuleInit(): void {
    this.jobs.schedule('verification.expire-challenges', 'every-minute', () => this.sweep());
  }

  async sweep(): Promise<void> {
    const expired = await this.store.listExpired(this.clock.now(), challengesMax);
    for (const challenge of expired) await this.#expire(challenge);
  }

  async #expire(challenge: Challenge): Promise<void> {
    const actor = serviceActor('verification', this.ids.random());
    try {
      await this.audited.run(actor, async (tx) => {
        if (!(await this.store.end(tx, challenge.id, 'expired'))) throw new AlreadyEnded();
        return committed(
          {},
          challengeExpired({
            ...aboutOf(challenge),
            outcome: 'failed',
            code: 'verification.failed',
          }),
        );
      });
    } catch (error) {
      if (!(error instanceof AlreadyEnded)) throw error;
    }
  }
}

/** Its owner asked anew between the listing and this: that has ended it, and has said so. */
class AlreadyEnded extends Error {
  override readonly name = 'AlreadyEnded';
}
