import { Injectable, type OnModuleInit } from '@nestjs/common';

import type { Tx } from '../ledger/index.js';
import type { Actor, ChallengeId } from '../platform/index.js';
import { PendingIntents } from '../verification/index.js';
import { PendingIntent } from './pending-intent.entity.js';
import { ResumePendingIntents } from './resume-pending-intents.js';

/** Tells verification who answers what waited for a code, when the code came by its own route. */
@Injectable()
export class PendingIntentResumption implements OnModuleInit {
  constructor(
    private readonly pending: PendingIntents,
    private readonly resuming: ResumePendingIntents,
  ) {}

  onModuleInit(): void {
    this.pending.register({
      resume: (actor: Actor, challengeId: string) => this.resuming.resume(actor, challengeId),
      move: async (tx: Tx, from: ChallengeId, to: ChallengeId) => {
        await tx.manager.update(
          PendingIntent,
          { challengeId: from, state: 'pending' },
          { challengeId: to },
        );
      },
    });
  }
}
