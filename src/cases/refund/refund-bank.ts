import { randomUUID } from 'node:crypto';

import { Injectable } from '@nestjs/common';

import { BankUnavailable, CoreBanking } from '../../banking/index.js';
import { Customers } from '../../identity/index.js';
import {
  type Audited,
  AuditedTransaction,
  committed,
  type IdempotencyRequest,
  type Tx,
  type WriteOutcome,
} from '../../ledger/index.js';
import {
  type Actor,
  formatMoney,
  isUuid,
  AppDatabase,
  serviceActor,
  type SubjectRef,
} from '../../platform/index.js';
import type { CreatedRefund } from './create-refund.command.js';
import type { Refund } from './refund.entity.js';
import { refundExecuted, refundExecutionRepeated } from './refund.events.js';
import { Refunds } from './refunds.js';

interface CustomerRow {
  subject_ref: SubjectRef;
  number: Buffer;
}

/** For whom a refund is executed: the request that waits for it, or nobody (a job, a vote). */
export interface Waiting {
  readonly actor: Actor;
  readonly idempotency: IdempotencyRequest | undefined;
}

/** Talks to the bank about refunds, always while no transaction is open. */
@Injectable()
export class RefundBank {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly refunds: Refunds,
    private readonly banking: CoreBanking,
    private readonly customers: Customers,
    private readonly database: AppDatabase,
  ) {}

  /**
   * The account that a refund of this case goes to; null where the case has no known customer, or
   * the customer no account in the currency.
   *
   * @throws BankUnavailable where the bank is silent.
   */
  async findAccount(caseId: string, currency: string): Promise<string | null> {
    if (!isUuid(caseId)) return null;
    const rows = await this.database.query<CustomerRow[]>(
      `SELECT c.subject_ref, c.number FROM cases k JOIN customers c ON c.subject_ref = k.subject_ref
       WHERE k.id = $1`,
      [caseId],
    );
    const [row] = rows;
    if (!row) return null;
    // The reader's role sees no keys; the application's does.
    const { manager } = this.database;
    const number = await this.customers.readNumber(manager, row.subject_ref, row.number);
    const accounts = await this.banking.listAccounts(number);
    return accounts.find((account) => account.currency === currency)?.id ?? null;
  }

  /**
   * Asks the bank to book the refund and records its answer. Safe to repeat: the call carries the
   * refund's id, which the bank books once.
   *
   * @returns null where the bank is silent; a job asks again.
   */
  async execute(refund: Refund, waiting?: Waiting): Promise<Audited<CreatedRefund> | null> {
    const { id: refundId, accountId, amountMinor, currency } = refund;
    let bookingId: string;
    try {
      const booked = await this.banking.executeRefund({
        refundId,
        accountId,
        amount: { amountMinor, currency },
      });
      bookingId = booked.bookingId;
    } catch (error) {
      if (error instanceof BankUnavailable) return null;
      throw error;
    }
    const actor = waiting?.actor ?? serviceActor('refunds', randomUUID());
    return this.audited.run(actor, (tx) => this.#record(tx, refundId, bookingId), {
      idempotency: waiting?.idempotency,
      replacesAnswer: true,
    });
  }

  async #record(tx: Tx, refundId: string, bookingId: string): Promise<WriteOutcome<CreatedRefund>> {
    const refund = await this.refunds.lock(tx, refundId);
    if (!refund) throw new Error('A refund vanished while the bank booked it');
    const result = { refund: { id: refundId, state: 'executed' } };
    const about = { resource: { kind: 'refund', id: refundId }, caseId: refund.caseId };
    if (refund.state === 'executed') {
      return committed(result, refundExecutionRepeated({ ...about, detail: { refundId } }));
    }
    refund.moveTo('executed');
    refund.bookingId = bookingId;
    refund.executedAt = tx.now;
    await this.refunds.save(tx, refund);
    const { amount, currency } = formatMoney(refund.amountMinor, refund.currency);
    const detail = { refundId, amount, currency, category: refund.category, bookingId };
    return committed(result, refundExecuted({ ...about, detail }));
  }
}
