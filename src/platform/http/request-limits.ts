import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { Clock } from '../clock.js';
import { rateExceeded, RateLimiter, type RateState, type RateWindow } from '../rate-limit.js';

/** At least one; all must have room. */
export type RateWindows = readonly [RateWindow, ...RateWindow[]];

/** The figures, by name; set from policy at start. A route whose limit has none does not answer. */
export class RequestLimits {
  readonly #windows = new Map<string, RateWindows>();

  /** Sets all windows of a limit; those that it had before are gone. */
  set(name: string, ...windows: RateWindows): void {
    this.#windows.set(name, windows);
  }

  /** @throws Error where policy has no such limit: no figure is better than one that nobody chose. */
  of(name: string): RateWindows {
    const windows = this.#windows.get(name);
    if (!windows) throw new Error(`Policy has no request rate named ${name}`);
    return windows;
  }
}

/** Counts requests under the limit of a name. */
@Injectable()
export class RequestCounter {
  constructor(
    private readonly limiter: RateLimiter,
    private readonly limits: RequestLimits,
    private readonly database: DataSource,
    private readonly clock: Clock,
  ) {}

  /** @throws Problem `rate.exceeded`; what is over the limit is not counted. */
  async hit(name: string, subject: string): Promise<RateState> {
    const state = await this.limiter.hit(this.database, {
      key: { name, subject },
      windows: this.limits.of(name),
      now: this.clock.now(),
    });
    if (!state.allowed) throw rateExceeded(state);
    return state;
  }
}
