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
import type { Refund } from './refund.entity.js';
import type { CreatedRefund, RefundIntent } from './refund-intent.js';
import { eventsOf } from './refund-kind.js';
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

type Asked = Pick<RefundIntent, 'caseId' | 'amount' | 'feeTransactionId'>;

/** What the bank knows of the place that money is to go to. */
export interface Destination {
  /** Null where the case has no known customer, or the customer no account in the currency. */
  readonly accountId: string | null;
  readonly linkedRefs: readonly SubjectRef[];
  /** Null where none was named, or none of this customer's fits. */
  readonly fee: {
    readonly id: string;
    readonly accountId: string;
    readonly feeMinor: bigint;
  } | null;
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
   * Where the money of this case goes, and who is linked to its customer.
   *
   * @throws BankUnavailable where the bank is silent.
   */
  async findDestination(intent: Asked): Promise<Destination> {
    const number = await this.#numberOf(intent.caseId);
    if (number === null) return { accountId: null, linkedRefs: [], fee: null };
    const [accounts, linked, fee] = await Promise.all([
      this.banking.listAccounts(number),
      this.banking.listLinkedCustomers(number),
      this.#findFee(number, intent),
    ]);
    const refs = await Promise.all(
      linked.map((other) => this.customers.find(this.database, other)),
    );
    const fitting = accounts.filter(({ currency }) => currency === intent.amount.currency);
    // A fee goes back to the account that it was taken from.
    const account = fee ? fitting.find(({ id }) => id === fee.accountId) : fitting[0];
    return { accountId: account?.id ?? null, linkedRefs: refs.filter((ref) => ref !== null), fee };
  }

  async #findFee(number: string, { feeTransactionId }: Asked): Promise<Destination['fee']> {
    if (feeTransactionId === null) return null;
    const criteria = { transactionId: feeTransactionId, limit: 1 };
    const [found] = await this.banking.findTransactions(number, criteria);
    if (found?.kind !== 'fee' || found.amount.amountMinor >= 0n) return null;
    return { id: found.id, accountId: found.accountId, feeMinor: -found.amount.amountMinor };
  }

  async #numberOf(caseId: string): Promise<string | null> {
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
    return this.customers.readNumber(manager, row.subject_ref, row.number);
  }

  /**
   * Asks the bank to book the refund and records its answer. Safe to repeat: the call carries the
   * refund's id, which the bank books once.
   *
   * @returns null where the bank is silent; a job asks again.
   */
  async execute(refund: Refund, waiting?: Waiting): Promise<Audited<CreatedRefund> | null> {
    const { id: refundId, kind, accountId, amountMinor, currency } = refund;
    let bookingId: string;
    try {
      const booked = await this.banking.executeRefund({
        refundId,
        kind,
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
    const events = eventsOf[refund.kind];
    const about = { resource: { kind: refund.kind, id: refundId }, caseId: refund.caseId };
    if (refund.state === 'executed') {
      return committed(result, events.executionRepeated({ ...about, detail: { refundId } }));
    }
    refund.moveTo('executed');
    refund.bookingId = bookingId;
    refund.executedAt = tx.now;
    await this.refunds.save(tx, refund);
    const { amount, currency } = formatMoney(refund.amountMinor, refund.currency);
    const detail = { refundId, amount, currency, category: refund.category, bookingId };
    return committed(result, events.executed({ ...about, detail }));
  }
}
