import { Injectable } from '@nestjs/common';

import type { BankCustomer } from '../../banking/index.js';
import { Customers } from '../../identity/index.js';
import type { Tx } from '../../ledger/index.js';
import { IdSource, type SubjectRef } from '../../platform/index.js';
import { FactorNotices } from '../authenticators/factor-notices.js';
import { FactorRecoveries } from './factor-recoveries.js';

/** The customer of a recovery: who they are, and that they are told. */
@Injectable()
export class FactorRecoveryCustomer {
  constructor(
    private readonly customers: Customers,
    private readonly recoveries: FactorRecoveries,
    private readonly notices: FactorNotices,
    private readonly ids: IdSource,
  ) {}

  find(tx: Tx, customerNumber: string): Promise<SubjectRef | null> {
    return this.customers.find(tx, customerNumber);
  }

  /** Begins a recovery and tells its customer; null where one waits already. */
  async begin(
    tx: Tx,
    {
      subjectRef,
      proofing,
      contacts,
    }: { subjectRef: SubjectRef; proofing: string; contacts: BankCustomer },
  ): Promise<string | null> {
    const id = this.ids.ordered();
    if (!(await this.recoveries.insert(tx, { id, subjectRef, proofing }))) return null;
    await this.notices.tell(tx, contacts, { change: 'recovery-requested', subjectRef });
    return id;
  }
}
