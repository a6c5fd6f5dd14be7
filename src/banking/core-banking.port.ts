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
  readonly firstDepositOn: string | null;
}

export interface BankTransaction {
  readonly id: string;
  readonly accountId: string;
  readonly postedOn: string;
  readonly merchant: string;
  readonly amount: Amount;
  readonly kind: 'card' | 'pos-debit' | 'ach' | 'transfer' | 'atm' | 'credit';
  readonly cardLastFour: string | null;
  readonly location: string | null;
  readonly countryCode: string | null;
}

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
  readonly accountId: string;
  readonly amount: Amount;
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
  ): Promise<{ account: BankAccount; balance: BankBalance; transactions: readonly BankTransaction[] } | null>;
  abstract listTransactions(
    customerNumber: string,
    accountId: string,
    page: { limit: number; after?: string | undefined },
  ): Promise<readonly BankTransaction[]>;
  /** Transactions of all the customer's accounts that fit what is known; newest first. */
  abstract findTransactions(
    customerNumber: string,
    criteria: { amount?: Amount; merchant?: string; postedOn?: string; lastFour?: string; limit: number },
  ): Promise<readonly BankTransaction[]>;
  abstract listCards(customerNumber: string): Promise<readonly BankCard[]>;
  /** Finds a card by its full number: matched in memory by a keyed token, never stored. */
  abstract findCardByNumber(pan: string): Promise<BankCard | null>;
  abstract findCardByLastFour(customerNumber: string, lastFour: string): Promise<BankCard | null>;
  /** Blocks a card; the same containment id blocks once. */
  abstract blockCard(cardId: string, containmentId: string): Promise<void>;
  abstract releaseCard(cardId: string, containmentId: string): Promise<void>;
  /** Books a credit; the same refund id books once. */
  abstract executeRefund(instruction: RefundInstruction): Promise<{ bookingId: string }>;
  abstract isHealthy(): Promise<boolean>;
}
