import { Injectable } from '@nestjs/common';

import type { Tx } from '../ledger/index.js';
import type { DeliveryObstacle } from '../notifications/index.js';
import { KeyStore, type RateState } from '../platform/index.js';
import { Policies } from '../policy/index.js';
import { ChallengeDispatch } from './challenge-dispatch.js';
import { ChallengeStore } from './challenge-store.js';
import type { ChallengeView } from './challenge-view.js';
import { type Challenge, isSent } from './challenge.entity.js';
import { digestDestination, sameDigest } from './one-time-code.js';

/** A fresh code, or the limit or carrier that stands before it; then the old code is still good. */
export type Resent =
  | { readonly kind: 'resent'; readonly view: ChallengeView }
  | { readonly kind: 'limited'; readonly rate: RateState }
  | { readonly kind: 'obstructed'; readonly obstacle: DeliveryObstacle };

/** Puts a fresh code in the place of an old one, once the cooling-off is over and the limits have room. */
@Injectable()
export class ChallengeResending {
  constructor(
    private readonly keys: KeyStore,
    private readonly store: ChallengeStore,
    private readonly dispatch: ChallengeDispatch,
    private readonly policies: Policies,
  ) {}

  /** @param challenge locked by this transaction. */
  async resend(tx: Tx, challenge: Challenge, destination: string | null): Promise<Resent> {
    const cooledAt = this.dispatch.resendAt(challenge, tx.now);
    if (cooledAt > tx.now) return { kind: 'limited', rate: this.#cooling(cooledAt, tx.now) };
    const { method } = challenge;
    const obstacle = isSent(method) ? await this.dispatch.obstacleTo(method) : null;
    if (obstacle) return { kind: 'obstructed', obstacle };
    // The limits are asked before the old code is replaced: who is turned away keeps a good code.
    await tx.query('SAVEPOINT sending');
    const rate = await this.dispatch.takeSend(tx, challenge);
    if (!rate.allowed) {
      await tx.query('ROLLBACK TO SAVEPOINT sending');
      return { kind: 'limited', rate };
    }
    const view = await this.dispatch.sendAgain(tx, challenge, {
      // A code is bound to its destination: one that changed meanwhile gets none of this challenge.
      destination: this.#isSame(challenge, destination) ? destination : null,
      rate,
      save: () => this.store.saveCode(tx, challenge),
    });
    return { kind: 'resent', view };
  }

  #isSame({ counterScope, destinationDigest }: Challenge, destination: string | null): boolean {
    return sameDigest(digestDestination(this.keys, destination, counterScope), destinationDigest);
  }

  #cooling(cooledAt: Date, now: Date): RateState {
    const { cooldownSeconds: windowSeconds } = this.policies.verification.resend;
    const resetSeconds = Math.ceil((cooledAt.getTime() - now.getTime()) / 1000);
    return {
      allowed: false,
      name: 'resend',
      windows: [{ limit: 1, windowSeconds, remaining: 0, resetSeconds }],
      remaining: 0,
      retryAfterSeconds: resetSeconds,
    };
  }
}
