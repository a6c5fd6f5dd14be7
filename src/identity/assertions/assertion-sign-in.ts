import { Injectable } from '@nestjs/common';

import { BankUnavailable, CoreBanking } from '../../banking/index.js';
import type { Tx } from '../../ledger/index.js';
import { platformProblems } from '../../platform/index.js';
import { AssertionIds } from './assertion-ids.js';
import { BankAssertions, type VouchedCustomer } from './bank-assertions.js';

/** Signs a customer in by the word of the bank's own login. */
@Injectable()
export class AssertionSignIn {
  constructor(
    private readonly assertions: BankAssertions,
    private readonly assertionIds: AssertionIds,
    private readonly banking: CoreBanking,
  ) {}

  get isConfigured(): boolean {
    return this.assertions.areConfigured;
  }

  /** Whom the assertion vouches for, and whether the bank's core knows them; null where it is not good. */
  async judge(
    assertion: string,
  ): Promise<{ readonly vouched: VouchedCustomer; readonly isKnown: boolean } | null> {
    const vouched = await this.assertions.verify(assertion);
    if (!vouched) return null;
    try {
      const customer = await this.banking.findCustomer(vouched.customerNumber);
      return { vouched, isKnown: customer !== null };
    } catch (error) {
      if (!(error instanceof BankUnavailable)) throw error;
      throw platformProblems['service.unavailable']({ cause: error });
    }
  }

  /** Takes the assertion for good; false for one that was taken before. */
  take(tx: Tx, { id }: VouchedCustomer): Promise<boolean> {
    return this.assertionIds.take(tx, id);
  }
}
