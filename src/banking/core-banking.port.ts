/** Exact decimal money on the wire: `{ "amount": "-45.67", "currency": "USD" }`; minor units inside. */
export interface Amount {
  readonly amountMinor: bigint;
  /** ISO 4217. */
  readonly currency: string;
}

export interface BankCustomer {
  readonly customerNumber: string;
  readonly name: string;
  /** E.164; null where the bank has none. */
  readonly phone: string | null;
  readonly email: string | null;
  readonly countryCode: string;
  readonly timeZone: string;
  readonly customerSinceOn: string;
}

export interface BankAccount {
  readonly id: string;
  readonly kind: 'checking' | 'credit-card';
  /** Full number; leaves this context only masked. */
  readonly number: string;
  readonly currency: string;
  /** ISO 3166 code of the country whose law governs the account. */
  readonly countryCode: string;
  readonly firstDepositOn: string | null;
}

/** One statement period of a credit account; both days belong to it. */
export interface BillingCycle {
  readonly startsOn: string;
  readonly endsOn: string;
}

/** What the bank answers for one account in one round trip. */
export interface BankStatement {
  readonly account: BankAccount;
  readonly balance: BankBalance;
  /** Newest first. */
  readonly transactions: readonly BankTransaction[];
}

/** A page of an account's transactions, newest first; both days of a period belong to it. */
export interface TransactionPage {
  readonly limit: number;
  /** Id of the last transaction of the page before. */
  readonly after?: string | undefined;
  readonly postedFrom?: string | undefined;
  readonly postedTo?: string | undefined;
}

/** What is known of a transaction; each part given must fit. */
export interface TransactionCriteria {
  readonly transactionId?: string | undefined;
  /** Compared without its sign: who reports a charge of 500 means a debit of 500. */
  readonly amount?: Amount | undefined;
  /** Part of the merchant's name, in any case. */
  readonly merchant?: string | undefined;
  readonly postedOn?: string | undefined;
  readonly lastFour?: string | undefined;
  readonly limit: number;
}

export interface BankTransaction {
  readonly id: string;
  readonly accountId: string;
  readonly postedOn: string;
  readonly merchant: string;
  readonly amount: Amount;
  readonly kind: 'card' | 'pos-debit' | 'ach' | 'transfer' | 'atm' | 'credit' | 'fee';
  readonly cardLastFour: string | null;
  readonly location: string | null;
  readonly countryCode: string | null;
}

/** Two figures: what can be spent, and what is booked. */
export interface BankBalance {
  readonly available: Amount;
  readonly current: Amount;
}

export interface BankCard {
  readonly id: string;
  readonly customerNumber: string;
  readonly lastFour: string;
  readonly kind: 'debit' | 'credit';
  readonly state: 'active' | 'blocked';
}

export interface RefundInstruction {
  /** The refund's own id: the bank executes each id once. */
  readonly refundId: string;
  readonly kind: 'refund' | 'fee-reversal';
  readonly accountId: string;
  readonly amount: Amount;
}

/** A refund or fee reversal as the bank booked it. */
export interface RefundBooking {
  readonly refundId: string;
  readonly bookingId: string;
  readonly accountId: string;
  readonly amount: Amount;
  readonly bookedAt: Date;
}

/** A page of the bank's bookings by refund id, ascending. */
export interface BookingPage {
  readonly bookedFrom: Date;
  /** Refund id of the last booking of the page before. */
  readonly after: string | null;
  readonly limit: number;
}

/** The bank did not answer in time or answered with a fault. Nothing is known about the effect of a write. */
export class BankUnavailable extends Error {
  override readonly name = 'BankUnavailable';
}

/**
 * The bank's core system. Each call has a timeout and throws `BankUnavailable` where the bank is
 * silent; "not there" is null or an empty list, never an error. Writes are idempotent by their id.
 */
export abstract class CoreBanking {
  /** Whether number and passcode fit: the demo's stand-in for the bank's own login. Constant time for unknown customers. */
  abstract verifyPasscode(customerNumber: string, passcode: string): Promise<boolean>;
  abstract findCustomer(customerNumber: string): Promise<BankCustomer | null>;
  abstract listAccounts(customerNumber: string): Promise<readonly BankAccount[]>;
  abstract findAccount(customerNumber: string, accountId: string): Promise<BankAccount | null>;
  /** Balance and newest transactions in one round trip, newest first. */
  abstract readStatement(
    customerNumber: string,
    accountId: string,
    limit: number,
  ): Promise<BankStatement | null>;
  abstract listTransactions(
    customerNumber: string,
    accountId: string,
    page: TransactionPage,
  ): Promise<readonly BankTransaction[]>;
  /** Transactions of all the customer's accounts that fit what is known; newest first. */
  abstract findTransactions(
    customerNumber: string,
    criteria: TransactionCriteria,
  ): Promise<readonly BankTransaction[]>;
  /** Statement periods of a credit account that end on or after a day, oldest first; none for others. */
  abstract listBillingCycles(
    accountId: string,
    endingFrom: string,
  ): Promise<readonly BillingCycle[]>;
  abstract listCards(customerNumber: string): Promise<readonly BankCard[]>;
  /** The keyed token that stands for a full card number; the number itself is never stored. */
  abstract cardTokenOf(pan: string): Buffer;
  abstract findCardByToken(token: Buffer): Promise<BankCard | null>;
  abstract findCardByLastFour(customerNumber: string, lastFour: string): Promise<BankCard | null>;
  /**
   * Blocks a card; the same containment id blocks once, and never after its release: a call that was
   * under way while the release was booked changes nothing.
   */
  abstract blockCard(cardId: string, containmentId: string): Promise<void>;
  /** Ends the block of a containment id for good, also where the bank has not seen the block yet. */
  abstract releaseCard(cardId: string, containmentId: string): Promise<void>;
  /** Numbers of customers whom the bank holds to be linked to this one: a household, one owner. */
  abstract listLinkedCustomers(customerNumber: string): Promise<readonly string[]>;
  /** Books a credit; the same refund id books once. */
  abstract executeRefund(instruction: RefundInstruction): Promise<{ bookingId: string }>;
  /** The bookings of these refunds and fee reversals, where the bank has them. */
  abstract findRefundBookings(refundIds: readonly string[]): Promise<readonly RefundBooking[]>;
  /** What the bank booked of refunds and fee reversals, for comparison with what was asked. */
  abstract listRefundBookings(page: BookingPage): Promise<readonly RefundBooking[]>;
  abstract isHealthy(): Promise<boolean>;
}
