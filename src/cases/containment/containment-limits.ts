import { Injectable } from '@nestjs/common';

import type { BankCard } from '../../banking/index.js';
import type { Tx } from '../../ledger/index.js';
import { networkOf, RateLimiter } from '../../platform/index.js';
import { Policies } from '../../policy/index.js';

/**
 * How often somebody who proved nothing may have cards blocked: per client network and per card, so
 * that protection is no weapon against its holder. A customer's own card does not count.
 */
@Injectable()
export class ContainmentLimits {
  constructor(
    private readonly limiter: RateLimiter,
    private readonly policies: Policies,
  ) {}

  /** A customer's request for a card that may not be theirs: by network and by session. */
  async admitsOrigin(tx: Tx): Promise<boolean> {
    const { origin, sessionId } = tx.actor;
    const byAddress = await this.admitsAddress(tx, origin.address);
    const key = { name: 'containment-session', subject: sessionId ?? 'none' };
    return (await this.#admits(tx, key)) && byAddress;
  }

  /** Counts whether or not the details fit a card: the count must not tell. */
  admitsAddress(tx: Tx, address: string | null): Promise<boolean> {
    return this.#admits(tx, {
      name: 'containment-address',
      subject: address === null ? 'unknown' : networkOf(address),
    });
  }

  admitsCard(tx: Tx, { id }: BankCard): Promise<boolean> {
    return this.#admits(tx, { name: 'containment-card', subject: id });
  }

  async #admits(tx: Tx, key: { name: string; subject: string }): Promise<boolean> {
    const { guestMax, guestWindowSeconds } = this.policies.fraud.containment;
    const { allowed } = await this.limiter.hit(tx.manager, {
      key,
      windows: [{ limit: guestMax, windowSeconds: guestWindowSeconds }],
      now: tx.now,
    });
    return allowed;
  }
}
