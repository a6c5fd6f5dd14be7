import type {
  BankAccount,
  BankCard,
  BankCustomer,
  BankTransaction,
  RefundBooking,
} from './core-banking.port.js';

export interface CustomerRow {
  readonly customer_number: string;
  readonly name: string;
  readonly phone: string | null;
  readonly email: string | null;
  readonly country_code: string;
  readonly time_zone: string;
  readonly customer_since_on: string;
}

export interface AccountRow {
  readonly id: string;
  readonly kind: BankAccount['kind'];
  readonly number: string;
  readonly currency: string;
  readonly country_code: string;
  readonly first_deposit_on: string | null;
}

export interface TransactionRow {
  readonly transaction_id: string;
  readonly account_id: string;
  readonly posted_on: string;
  readonly merchant: string;
  readonly amount_minor: string;
  readonly currency: string;
  readonly transaction_kind: BankTransaction['kind'];
  readonly card_last_four: string | null;
  readonly location: string | null;
  readonly transaction_country: string | null;
}

export interface CardRow {
  readonly id: string;
  readonly customer_number: string;
  readonly last_four: string;
  readonly kind: BankCard['kind'];
  readonly is_blocked: boolean;
}

export interface BookingRow {
  readonly refund_id: string;
  readonly booking_id: string;
  readonly account_id: string;
  readonly amount_minor: string;
  readonly currency: string;
  readonly booked_at: Date;
}

/** Dates as text: the driver would make instants of them. */
export const accountColumns = `a.id, a.kind, a.number, a.currency, c.country_code,
  a.first_deposit_on::text`;
export const transactionColumns = `t.id AS transaction_id, t.account_id, t.posted_on::text,
  t.merchant, t.amount_minor, a.currency, t.kind AS transaction_kind, t.card_last_four, t.location,
  t.country_code AS transaction_country`;
export const cardColumns = `k.id, k.customer_number, k.last_four, k.kind, EXISTS (
    SELECT 1 FROM bank.card_blocks b WHERE b.card_id = k.id AND b.released_at IS NULL
  ) AS is_blocked`;

export const bookingColumns =
  'refund_id, booking_id, account_id, amount_minor, currency, booked_at';

export function toCustomer(row: CustomerRow): BankCustomer {
  return {
    customerNumber: row.customer_number,
    name: row.name,
    phone: row.phone,
    email: row.email,
    countryCode: row.country_code,
    timeZone: row.time_zone,
    customerSinceOn: row.customer_since_on,
  };
}

export function toAccount(row: AccountRow): BankAccount {
  return {
    id: row.id,
    kind: row.kind,
    number: row.number,
    currency: row.currency,
    countryCode: row.country_code,
    firstDepositOn: row.first_deposit_on,
  };
}

export function toTransaction(row: TransactionRow): BankTransaction {
  return {
    id: row.transaction_id,
    accountId: row.account_id,
    postedOn: row.posted_on,
    merchant: row.merchant,
    amount: { amountMinor: BigInt(row.amount_minor), currency: row.currency },
    kind: row.transaction_kind,
    cardLastFour: row.card_last_four,
    location: row.location,
    countryCode: row.transaction_country,
  };
}

export function toCard(row: CardRow): BankCard {
  return {
    id: row.id,
    customerNumber: row.customer_number,
    lastFour: row.last_four,
    kind: row.kind,
    state: row.is_blocked ? 'blocked' : 'active',
  };
}

export function toBooking(row: BookingRow): RefundBooking {
  return {
    refundId: row.refund_id,
    bookingId: row.booking_id,
    accountId: row.account_id,
    amount: { amountMinor: BigInt(row.amount_minor), currency: row.currency },
    bookedAt: row.booked_at,
  };
}
