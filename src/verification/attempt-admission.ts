import { Injectable } from '@nestjs/common';

import type { BankCustomer } from '../banking/index.js';
import type { Actor } from '../platform/index.js';
import { AttemptCounters, type CountedAttempt } from './attempt-counters.js';
import { ChallengeStore } from './challenge-store.js';
import type { Challenge } from './challenge.entity.js';
import { Recipients } from './recipients.js';

/** An attempt before it is judged: its challenge, the count, and whom its success is told to. */
export interface AdmittedAttempt {
  /** Null for an unknown, malformed or somebody else's challenge. */
  readonly challenge: Challenge | null;
  /** Null where the attempt may not be evaluated. */
  readonly counted: CountedAttempt | null;
  /** Fetched only where a success is told: the use of a recovery code. */
  readonly contacts: BankCustomer | null;
}

/** Finds and counts an attempt, for good: before the transaction, which could roll back. */
@Injectable()
export class AttemptAdmission {
  constructor(
    private readonly store: ChallengeStore,
    private readonly counters: AttemptCounters,
    private readonly recipients: Recipients,
  ) {}

  async admit(actor: Actor, challengeId: string): Promise<AdmittedAttempt> {
    const challenge = await this.store.findOwn(actor, challengeId);
    if (!challenge) return { challenge: null, counted: null, contacts: null };
    // A silent bank stands before the count: who cannot be told loses no attempt.
    const contacts =
      challenge.method === 'recovery-code'
        ? await this.recipients.contactsOf(actor.customerNumber ?? '')
        : null;
    return { challenge, counted: await this.counters.count(challenge.id), contacts };
  }
}
