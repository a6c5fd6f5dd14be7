import { Injectable } from '@nestjs/common';

import type { Tx } from '../../../ledger/index.js';
import { Config, RateLimiter, type RateWindow } from '../../../platform/index.js';
import { Policies } from '../../../policy/index.js';
import { StaffDirectory, type StaffEntry } from '../staff-directory.js';

/** Whom an address belongs to, and what becomes of the request; the asker learns neither. */
export interface JudgedRequest {
  readonly entry: StaffEntry | null;
  readonly result: 'sent' | 'unknown' | 'not_eligible' | 'limited';
}

/** Judges who may be sent a link. Counted per address, known or not, so that nobody's mailbox is flooded. */
@Injectable()
export class ResetEligibility {
  constructor(
    private readonly directory: StaffDirectory,
    private readonly limiter: RateLimiter,
    private readonly policies: Policies,
    private readonly config: Config,
  ) {}

  async judge(tx: Tx, email: string): Promise<JudgedRequest> {
    const { allowed } = await this.limiter.hit(tx.manager, {
      key: { name: 'staffPasswordLinks', subject: email.trim().toLowerCase() },
      windows: this.#windows(),
      now: tx.now,
    });
    const entry = await this.directory.lockByEmail(tx, email);
    if (!entry) return { entry, result: 'unknown' };
    if (!this.#hasPassword(entry)) return { entry, result: 'not_eligible' };
    return { entry, result: allowed ? 'sent' : 'limited' };
  }

  #hasPassword({ status, hasPassword, email, roles }: StaffEntry): boolean {
    const { breakGlassRoles } = this.policies.verification.staffOidc;
    const isHere =
      this.config.oidc === null || roles.some((role) => breakGlassRoles.includes(role));
    return status === 'active' && hasPassword && email !== null && isHere;
  }

  #windows(): readonly [RateWindow, ...RateWindow[]] {
    const [first, ...more] = this.policies.verification.staffLinks.requests.map(
      ({ count, seconds }): RateWindow => ({ limit: count, windowSeconds: seconds }),
    );
    if (!first) throw new Error('Policy limits no requests for links');
    return [first, ...more];
  }
}
