import { Injectable } from '@nestjs/common';

import type { Tx } from '../ledger/index.js';
import { type RateKey, RateLimiter, type RateState, type RateWindow } from '../platform/index.js';
import { Policies } from '../policy/index.js';

/** Whom a code is sent for, and whereto; both limited. */
export interface SendTarget {
  readonly kind: 'customer' | 'guest';
  readonly counterScope: Buffer;
  readonly destinationDigest: Buffer;
}

/**
 * Limits how often codes are sent, per account and per destination, exactly across instances. What
 * guests have sent counts apart: else they could use up an account's own sends, or see by them that
 * it exists.
 */
@Injectable()
export class SendLimits {
  constructor(
    private readonly limiter: RateLimiter,
    private readonly policies: Policies,
  ) {}

  /**
   * Counts a send if every limit has room. The caller undoes a count whose answer was no.
   *
   * @returns the first limit that has no room, or the last one that was counted.
   */
  async take(tx: Tx, target: SendTarget): Promise<RateState> {
    const windows = this.#windows();
    const [account, destination] = keysOf(target);
    const first = await this.limiter.hit(tx.manager, { key: account, windows, now: tx.now });
    if (!first.allowed) return first;
    const second = await this.limiter.hit(tx.manager, { key: destination, windows, now: tx.now });
    return later(first, second);
  }

  /** How the limits stand, without counting. */
  async peek(tx: Tx, target: SendTarget): Promise<RateState> {
    const windows = this.#windows();
    const [account, destination] = keysOf(target);
    const first = await this.limiter.peek(tx.manager, { key: account, windows, now: tx.now });
    const second = await this.limiter.peek(tx.manager, { key: destination, windows, now: tx.now });
    return later(first, second);
  }

  #windows(): [RateWindow, ...RateWindow[]] {
    const [first, ...more] = this.policies.verification.sending.limits.map(
      ({ count, seconds }): RateWindow => ({ limit: count, windowSeconds: seconds }),
    );
    if (!first) throw new Error('Policy has no limit on sending');
    return [first, ...more];
  }
}

function keysOf({
  kind,
  counterScope,
  destinationDigest,
}: SendTarget): [account: RateKey, destination: RateKey] {
  return [
    { name: `send-${kind}-account`, subject: counterScope.toString('base64') },
    { name: `send-${kind}-destination`, subject: destinationDigest.toString('base64') },
  ];
}

/** The one that bids to wait longer; a refusal before a permission. */
function later(one: RateState, other: RateState): RateState {
  if (one.allowed !== other.allowed) return one.allowed ? other : one;
  return one.retryAfterSeconds >= other.retryAfterSeconds ? one : other;
}
