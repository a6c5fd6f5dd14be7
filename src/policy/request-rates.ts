import { Injectable, type OnModuleInit } from '@nestjs/common';

import { RequestLimits, type RateWindow } from '../platform/index.js';
import { Policies } from './policies.js';

/** Gives the door its request rates: each rate of policy, under its name there, with all its windows. */
@Injectable()
export class RequestRates implements OnModuleInit {
  constructor(
    private readonly policies: Policies,
    private readonly limits: RequestLimits,
  ) {}

  onModuleInit(): void {
    for (const [name, rate] of Object.entries(this.policies.verification.rates)) {
      const [first, ...more] = rate.limits.map(({ count, seconds }): RateWindow => ({
        limit: count,
        windowSeconds: seconds,
      }));
      if (!first) throw new Error(`The request rate ${name} has no window`);
      this.limits.set(name, first, ...more);
    }
  }
}
