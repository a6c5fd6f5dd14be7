import { Injectable } from '@nestjs/common';

import type { BankCard } from '../../banking/index.js';
import type { Tx } from '../../ledger/index.js';
import { RateLimiter } from '../../platform/index.js';
import { Policies } from '../../policy/index.js';

/**
 * How often somebody who proved nothing may have cards blocked: per client address and per card, so
 * that protection is no weapon against its holder. A customer's own card does not count.
 */
@Injectable()
export class ContainmentLimits {
  constructor(
    private readonly limiter: RateLimiter,
    private readonly policies: Policies,
  ) {}

  /** Counts whether or not the details fit a card: the count must not tell. */
  admitsAddress(tx: Tx, address: string | null): Promise<boolean> {
    return this.#admits(tx, { name: 'containment-address', subject: address ?? 'unknown' });
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
