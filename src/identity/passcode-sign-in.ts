import { Injectable } from '@nestjs/common';

import { BankUnavailable, CoreBanking } from '../banking/index.js';
import type { Tx } from '../ledger/index.js';
import { platformProblems } from '../platform/index.js';
import { PasscodeLimit } from './passcode-limit.js';

/** What the passcode proves: one factor of knowledge (RFC 8176 `pin`), the bank's login in the demo. */
export const passcodeProof = { acr: 'aal1', amr: ['pin'], method: 'passcode' } as const;

/** Judges number and passcode, the demo's stand-in for the bank's own login. */
@Injectable()
export class PasscodeSignIn {
  constructor(
    private readonly banking: CoreBanking,
    private readonly limit: PasscodeLimit,
  ) {}

  /**
   * Counted first, then compared by the bank, for unknown and locked numbers alike: one answer, one
   * time. Null where both fit.
   */
  async judge(customerNumber: string, passcode: string): Promise<'credentials' | 'limit' | null> {
    const isCounted = await this.limit.count(customerNumber);
    try {
      const fits = await this.banking.verifyPasscode(customerNumber, passcode);
      if (!isCounted) return 'limit';
      return fits ? null : 'credentials';
    } catch (error) {
      if (!(error instanceof BankUnavailable)) throw error;
      if (isCounted) await this.limit.giveBack(customerNumber);
      throw platformProblems['service.unavailable']({ cause: error });
    }
  }

  /** The passcode was right: the next failure is the first again. */
  async forgetFailures(tx: Tx, customerNumber: string): Promise<void> {
    await this.limit.reset(tx, customerNumber);
  }
}
