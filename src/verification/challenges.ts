import { Injectable } from '@nestjs/common';

import type { Audited, Tx } from '../ledger/index.js';
import type { DeliveryObstacle } from '../notifications/index.js';
import { type Actor, type ChallengeId, Clock } from '../platform/index.js';
import { type ChallengeAttempt, ChallengeAttempts } from './attempt-challenge.js';
import { ChallengeStore } from './challenge-store.js';
import { isSent } from './challenge.entity.js';
import type { VerificationMethod } from '../policy/index.js';
import { type Means, Recipients } from './recipients.js';
import type { OpenChallenge } from './challenge-drafts.js';
import { ChallengeOpening, type OpenedChallenge } from './open-challenge.js';

/** Challenges, for contexts that ask for a code in the middle of their own work. */
@Injectable()
export class Challenges {
  constructor(
    private readonly opening: ChallengeOpening,
    private readonly attempts: ChallengeAttempts,
    private readonly store: ChallengeStore,
    private readonly recipients: Recipients,
    private readonly clock: Clock,
  ) {}

  /** What keeps codes of a method from being sent to anybody now; null where nothing is known. */
  async obstacleTo(method: string): Promise<DeliveryObstacle | null> {
    return isSent(method) ? this.opening.obstacleTo(method) : null;
  }

  /** The challenges that a code of this actor's session may be for, newest first. */
  listOpen(actor: Actor): Promise<readonly ChallengeId[]> {
    return this.store.listOpen(actor, this.clock.now());
  }

  /**
   * How the actor can be asked, by the best way of these methods that reaches them; before the
   * transaction. Where none does, the first that is offered at all: nobody gets its code.
   *
   * @throws BankUnavailable
   */
  async findMeans(actor: Actor, methods: readonly VerificationMethod[]): Promise<Means | null> {
    const means = await this.recipients.listMeans(actor, actor.customerNumber ?? '');
    const fitting = means.filter(({ method }) => methods.includes(method));
    const reaching = fitting.find(
      ({ destination, authenticator }) =>
        destination !== null || (authenticator !== null && authenticator.method === 'totp'),
    );
    return reaching ?? fitting.find(({ authenticator }) => authenticator === null) ?? null;
  }

  /**
   * Opens a challenge in the caller's transaction, or answers with the one that is open for the same
   * session, purpose and binding. The caller reports the events.
   */
  open(tx: Tx, request: OpenChallenge): Promise<OpenedChallenge> {
    return this.opening.open(tx, request);
  }

  /**
   * Judges a code in transactions of its own, so that nothing that fails afterwards gives the guess
   * back. Never replayed for an idempotency key.
   *
   * @throws Problem `resource.not_found` for an unknown, malformed or somebody else's challenge.
   */
  attempt(actor: Actor, challengeId: string, code: string): Promise<Audited<ChallengeAttempt>> {
    return this.attempts.attempt(actor, challengeId, code);
  }
}
