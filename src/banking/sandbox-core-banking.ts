import { randomUUID, timingSafeEqual } from 'node:crypto';

import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { QueryResultRow } from 'pg';

import { BankPool, Clock, Config, KeyStore } from '../platform/index.js';
import { bankTimeouts, withinTime } from './bank-call.js';
import {
  type BankAccount,
  type BankCard,
  type BankCustomer,
  type BankStatement,
  type BankTransaction,
  type BillingCycle,
  type BookingPage,
  CoreBanking,
  type RefundBooking,
  type RefundInstruction,
  type TransactionCriteria,
  type TransactionPage,
} from './core-banking.port.js';
import { sandboxCustomers } from './sandbox-data.js';
import {
  accountColumns,
  type AccountRow,
  bookingColumns,
  type BookingRow,
  cardColumns,
  type CardRow,
  type CustomerRow,
  toAccount,
  toBooking,
  toCard,
  toCustomer,
  toTransaction,
  transactionColumns,
  type TransactionRow,
} from './sandbox-rows.js';
import { cardTokenOf, passcodeDigestOf, setUpSandbox } from './sandbox-setup.js';

const noDigest = Buffer.alloc(32);
const cyclesMax = 12;
const merchantOf = { refund: 'Refund', 'fee-reversal': 'Fee reversal' } as const;

/** One prepared statement; the name keeps its plan on each connection. */
interface Statement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * A bank for development and demonstration in a database of its own. It is reached over a network
 * and can be silent like any other; a bank that is down at the start is set up by the first call.
 */
@Injectable()
export class SandboxCoreBanking extends CoreBanking implements OnApplicationBootstrap {
  readonly #logger = new Logger('SandboxCoreBanking');
  #setUp: Promise<void> | null = null;

  constructor(
    private readonly pool: BankPool,
    private readonly keys: KeyStore,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {
    super();
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.#isSetUp().catch((error: unknown) => {
      this.#logger.warn(`The sandbox bank does not answer yet: ${String(error)}`);
    });
  }

  override async verifyPasscode(customerNumber: string, passcode: string): Promise<boolean> {
    const given = passcodeDigestOf(this.keys, customerNumber, passcode);
    const [row] = await this.#read<{ passcode_digest: Buffer }>({
      name: 'bank-passcode',
      text: 'SELECT passcode_digest FROM bank.customers WHERE customer_number = $1',
      values: [customerNumber],
    });
    // Compared for unknown customers too: the time does not tell them apart.
    return timingSafeEqual(row?.passcode_digest ?? noDigest, given) && row !== undefined;
  }

  override async findCustomer(customerNumber: string): Promise<BankCustomer | null> {
    const [row] = await this.#read<CustomerRow>({
      name: 'bank-customer',
      text: `SELECT customer_number, name, phone, email, country_code, time_zone,
               customer_since_on::text FROM bank.customers WHERE customer_number = $1`,
      values: [customerNumber],
    });
    return row ? toCustomer(row) : null;
  }

  override async listAccounts(customerNumber: string): Promise<readonly BankAccount[]> {
    const rows = await this.#read<AccountRow>({
      name: 'bank-accounts',
      text: `SELECT ${accountColumns} FROM bank.accounts a JOIN bank.customers c USING (customer_number)
             WHERE a.customer_number = $1 ORDER BY a.id`,
      values: [customerNumber],
    });
    return rows.map(toAccount);
  }

  override async findAccount(
    customerNumber: string,
    accountId: string,
  ): Promise<BankAccount | null> {
    const [row] = await this.#read<AccountRow>({
      name: 'bank-account',
      text: `SELECT ${accountColumns} FROM bank.accounts a JOIN bank.customers c USING (customer_number)
             WHERE a.customer_number = $1 AND a.id = $2`,
      values: [customerNumber, accountId],
    });
    return row ? toAccount(row) : null;
  }

  override async readStatement(
    customerNumber: string,
    accountId: string,
    limit: number,
  ): Promise<BankStatement | null> {
    const rows = await this.#read<
      AccountRow & TransactionRow & { available_minor: string; current_minor: string }
    >({
      name: 'bank-statement',
      text: `SELECT ${accountColumns}, a.available_minor, a.current_minor, t.*
             FROM bank.accounts a JOIN bank.customers c USING (customer_number)
             LEFT JOIN LATERAL (
               SELECT ${transactionColumns} FROM bank.transactions t
               WHERE t.account_id = a.id ORDER BY t.posted_on DESC, t.seq DESC LIMIT $3
             ) t ON true
             WHERE a.customer_number = $1 AND a.id = $2`,
      values: [customerNumber, accountId, limit],
    });
    const [first] = rows;
    if (!first) return null;
    const { currency } = first;
    return {
      account: toAccount(first),
      balance: {
        available: { amountMinor: BigInt(first.available_minor), currency },
        current: { amountMinor: BigInt(first.current_minor), currency },
      },
      // An account without transactions gives one row without one.
      transactions: rows
        .filter(({ merchant }) => (merchant as string | null) !== null)
        .map(toTransaction),
    };
  }

  override async listTransactions(
    customerNumber: string,
    accountId: string,
    page: TransactionPage,
  ): Promise<readonly BankTransaction[]> {
    const rows = await this.#read<TransactionRow>({
      name: 'bank-transactions',
      text: `SELECT ${transactionColumns}
             FROM bank.transactions t JOIN bank.accounts a ON a.id = t.account_id
             WHERE a.customer_number = $1 AND a.id = $2 AND ($4::uuid IS NULL OR (t.posted_on, t.seq) < (
               SELECT l.posted_on, l.seq FROM bank.transactions l WHERE l.id = $4 AND l.account_id = a.id
             ))
               AND ($5::date IS NULL OR t.posted_on >= $5) AND ($6::date IS NULL OR t.posted_on <= $6)
             ORDER BY t.posted_on DESC, t.seq DESC LIMIT $3`,
      values: [
        customerNumber,
        accountId,
        page.limit,
        page.after ?? null,
        page.postedFrom ?? null,
        page.postedTo ?? null,
      ],
    });
    return rows.map(toTransaction);
  }

  override async findTransactions(
    customerNumber: string,
    criteria: TransactionCriteria,
  ): Promise<readonly BankTransaction[]> {
    const { transactionId, amount, merchant, postedOn, lastFour, limit } = criteria;
    const magnitude =
      amount && (amount.amountMinor < 0n ? -amount.amountMinor : amount.amountMinor);
    const rows = await this.#read<TransactionRow>({
      name: 'bank-find-transactions',
      text: `SELECT ${transactionColumns}
             FROM bank.transactions t JOIN bank.accounts a ON a.id = t.account_id
             WHERE a.customer_number = $1
               AND ($2::uuid IS NULL OR t.id = $2)
               AND ($3::bigint IS NULL OR (abs(t.amount_minor) = $3 AND a.currency = $4))
               AND ($5::text IS NULL OR strpos(lower(t.merchant), lower($5)) > 0)
               AND ($6::date IS NULL OR t.posted_on = $6)
               AND ($7::text IS NULL OR t.card_last_four = $7)
             ORDER BY t.posted_on DESC, t.seq DESC LIMIT $8`,
      values: [
        customerNumber,
        transactionId ?? null,
        magnitude === undefined ? null : String(magnitude),
        amount?.currency ?? null,
        merchant ?? null,
        postedOn ?? null,
        lastFour ?? null,
        limit,
      ],
    });
    return rows.map(toTransaction);
  }

  override async listBillingCycles(
    accountId: string,
    endingFrom: string,
  ): Promise<readonly BillingCycle[]> {
    const rows = await this.#read<{ starts_on: string; ends_on: string }>({
      name: 'bank-billing-cycles',
      text: `SELECT starts_on::text, ends_on::text FROM bank.billing_cycles
             WHERE account_id = $1 AND ends_on >= $2::date ORDER BY starts_on LIMIT $3`,
      values: [accountId, endingFrom, cyclesMax],
    });
    return rows.map((row) => ({ startsOn: row.starts_on, endsOn: row.ends_on }));
  }

  override async listCards(customerNumber: string): Promise<readonly BankCard[]> {
    const rows = await this.#read<CardRow>({
      name: 'bank-cards',
      text: `SELECT ${cardColumns} FROM bank.cards k WHERE k.customer_number = $1 ORDER BY k.id`,
      values: [customerNumber],
    });
    return rows.map(toCard);
  }

  override cardTokenOf(pan: string): Buffer {
    return cardTokenOf(this.keys, pan);
  }

  override async findCardByToken(token: Buffer): Promise<BankCard | null> {
    const [row] = await this.#read<CardRow>({
      name: 'bank-card-by-token',
      text: `SELECT ${cardColumns} FROM bank.cards k WHERE k.token = $1`,
      values: [token],
    });
    return row ? toCard(row) : null;
  }

  override async findCardByLastFour(
    customerNumber: string,
    lastFour: string,
  ): Promise<BankCard | null> {
    const rows = await this.#read<CardRow>({
      name: 'bank-card-by-last-four',
      text: `SELECT ${cardColumns} FROM bank.cards k
             WHERE k.customer_number = $1 AND k.last_four = $2 ORDER BY k.id LIMIT 2`,
      values: [customerNumber, lastFour],
    });
    // Two cards that end alike identify none.
    return rows.length === 1 && rows[0] ? toCard(rows[0]) : null;
  }

  override async blockCard(cardId: string, containmentId: string): Promise<void> {
    await this.#write({
      name: 'bank-block-card',
      text: `INSERT INTO bank.card_blocks VALUES ($1, $2, $3) ON CONFLICT (containment_id) DO NOTHING`,
      values: [containmentId, cardId, this.clock.now()],
    });
  }

  override async releaseCard(cardId: string, containmentId: string): Promise<void> {
    await this.#write({
      name: 'bank-release-card',
      // A row without a block before it keeps one that is still under way from taking effect.
      text: `INSERT INTO bank.card_blocks AS b (containment_id, card_id, blocked_at, released_at)
             VALUES ($1, $2, $3, $3)
             ON CONFLICT (containment_id) DO UPDATE SET released_at = EXCLUDED.released_at
             WHERE b.card_id = EXCLUDED.card_id AND b.released_at IS NULL`,
      values: [containmentId, cardId, this.clock.now()],
    });
  }

  override async listLinkedCustomers(customerNumber: string): Promise<readonly string[]> {
    const rows = await this.#read<{ number: string }>({
      name: 'bank-linked-customers',
      text: `SELECT linked_number AS number FROM bank.customer_links WHERE customer_number = $1
             UNION SELECT customer_number FROM bank.customer_links WHERE linked_number = $1
             ORDER BY number`,
      values: [customerNumber],
    });
    return rows.map(({ number }) => number);
  }

  override async findRefundBookings(
    refundIds: readonly string[],
  ): Promise<readonly RefundBooking[]> {
    const rows = await this.#read<BookingRow>({
      name: 'bank-bookings-of',
      text: `SELECT ${bookingColumns} FROM bank.refunds WHERE refund_id = ANY ($1::uuid[])`,
      values: [refundIds],
    });
    return rows.map(toBooking);
  }

  override async listRefundBookings(page: BookingPage): Promise<readonly RefundBooking[]> {
    const rows = await this.#read<BookingRow>({
      name: 'bank-bookings',
      text: `SELECT ${bookingColumns} FROM bank.refunds
             WHERE booked_at >= $1 AND ($2::uuid IS NULL OR refund_id > $2)
             ORDER BY refund_id LIMIT $3`,
      values: [page.bookedFrom, page.after, page.limit],
    });
    return rows.map(toBooking);
  }

  override async executeRefund(instruction: RefundInstruction): Promise<{ bookingId: string }> {
    const { refundId, kind, accountId, amount } = instruction;
    await this.#write({
      name: 'bank-refund',
      text: `WITH booked AS (
               INSERT INTO bank.refunds VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT (refund_id) DO NOTHING RETURNING account_id, amount_minor
             ), posted AS (
               INSERT INTO bank.transactions (id, account_id, posted_on, merchant, amount_minor, kind)
               SELECT $2, account_id, ($6::timestamptz AT TIME ZONE 'UTC')::date, $7, amount_minor, 'credit'
               FROM booked
             )
             UPDATE bank.accounts a SET available_minor = a.available_minor + b.amount_minor,
               current_minor = a.current_minor + b.amount_minor
             FROM booked b WHERE a.id = b.account_id`,
      values: [
        refundId,
        randomUUID(),
        accountId,
        String(amount.amountMinor),
        amount.currency,
        this.clock.now(),
        merchantOf[kind],
      ],
    });
    const [row] = await this.#read<{ booking_id: string }>({
      name: 'bank-booking',
      text: 'SELECT booking_id FROM bank.refunds WHERE refund_id = $1',
      values: [refundId],
    });
    if (!row) throw new Error('The booking of a refund is not there');
    return { bookingId: row.booking_id };
  }

  override async isHealthy(): Promise<boolean> {
    return this.#read({ name: 'bank-health', text: 'SELECT 1', values: [] }).then(
      () => true,
      () => false,
    );
  }

  #read<Row extends QueryResultRow>(statement: Statement): Promise<Row[]> {
    return withinTime(bankTimeouts.readMilliseconds, () => this.#run<Row>(statement));
  }

  #write(statement: Statement): Promise<unknown> {
    return withinTime(bankTimeouts.writeMilliseconds, () => this.#run(statement));
  }

  async #run<Row extends QueryResultRow>({ name, text, values }: Statement): Promise<Row[]> {
    await this.#isSetUp();
    const { rows } = await this.pool.query<Row>({ name, text, values: [...values] });
    return rows;
  }

  /** Once per process; a failure is forgotten, so that the next call tries again. */
  #isSetUp(): Promise<void> {
    this.#setUp ??= setUpSandbox(this.pool, {
      keys: this.keys,
      now: this.clock.now(),
      // Passcodes that everybody can read belong to a demonstration only.
      people: this.config.demoAccounts ? sandboxCustomers : [],
    }).catch((error: unknown) => {
      this.#setUp = null;
      throw error;
    });
    return this.#setUp;
  }
}
