import { Injectable } from '@nestjs/common';

import type { BankCustomer } from '../../banking/index.js';
import { Customers } from '../../identity/index.js';
import { AppDatabase } from '../../platform/index.js';
import { Recipients } from '../recipients.js';
import { FactorRecoveries } from './factor-recoveries.js';

/** Finds the addresses of a recovery's customer, as the bank has them at this moment. */
@Injectable()
export class RecoveryContacts {
  constructor(
    private readonly customers: Customers,
    private readonly recipients: Recipients,
    private readonly recoveries: FactorRecoveries,
    private readonly database: AppDatabase,
  ) {}

  /** Null for an unknown recovery, or where the bank knows its customer no more. */
  async contactsOf(id: string): Promise<BankCustomer | null> {
    const { manager } = this.database;
    const subjectRef = await this.recoveries.subjectOf(manager, id);
    if (subjectRef === null) return null;
    const customerNumber = await this.customers.numberOf(manager, subjectRef);
    return customerNumber === null ? null : this.recipients.contactsOf(customerNumber);
  }
}
