import { Injectable } from '@nestjs/common';

import {
  type BankAccount,
  type BankTransaction,
  type BillingCycle,
  CoreBanking,
  type TransactionCriteria,
} from '../../banking/index.js';
import { Clock, isUuid, parseMoney } from '../../platform/index.js';
import type { CaseFacts } from '../case-facts.js';
import { withPatience } from '../patience.js';

/** What the bank knows of a dispute. */
export interface DisputeSituation {
  readonly isBankSilent: boolean;
  /** The transaction's; else the customer's first. */
  readonly account: BankAccount | null;
  /** The one that fits what was told; null where none or several do. */
  readonly transaction: BankTransaction | null;
  /** What was told fits no transaction. */
  readonly isMismatch: boolean;
  readonly billingCycles: readonly BillingCycle[];
}

const unknown: DisputeSituation = {
  isBankSilent: false,
  account: null,
  transaction: null,
  isMismatch: false,
  billingCycles: [],
};
const candidatesMax = 10;

/** Asks the bank about disputed transactions, always while no transaction is open. */
@Injectable()
export class DisputeBank {
  constructor(
    private readonly banking: CoreBanking,
    private readonly clock: Clock,
  ) {}

  /** A silent bank does not delay a notice (12 CFR 1005.11(b)(1)): what it knows is then asked later. */
  look(customerNumber: string | null, facts: CaseFacts): Promise<DisputeSituation> {
    if (customerNumber === null) return Promise.resolve(unknown);
    return withPatience(this.#look(customerNumber, facts), { ...unknown, isBankSilent: true });
  }

  /** @throws BankUnavailable */
  async candidates(
    customerNumber: string,
    facts: CaseFacts,
  ): Promise<readonly { transaction: BankTransaction; account: BankAccount }[]> {
    const criteria = criteriaOf(facts);
    if (!criteria) return [];
    const [accounts, found] = await Promise.all([
      this.banking.listAccounts(customerNumber),
      this.banking.findTransactions(customerNumber, criteria),
    ]);
    return found.flatMap((transaction) => {
      const account = accounts.find(({ id }) => id === transaction.accountId);
      return account ? [{ transaction, account }] : [];
    });
  }

  async #look(customerNumber: string, facts: CaseFacts): Promise<DisputeSituation> {
    const criteria = criteriaOf(facts);
    const [accounts, found] = await Promise.all([
      this.banking.listAccounts(customerNumber),
      criteria ? this.banking.findTransactions(customerNumber, criteria) : [],
    ]);
    const transaction = found.length === 1 ? (found[0] ?? null) : null;
    const account = accounts.find(({ id }) => id === transaction?.accountId) ?? accounts[0] ?? null;
    const today = this.clock.now().toISOString().slice(0, 10);
    return {
      isBankSilent: false,
      account,
      transaction,
      isMismatch: criteria !== null && found.length === 0,
      billingCycles:
        account?.kind === 'credit-card'
          ? await this.banking.listBillingCycles(account.id, today)
          : [],
    };
  }
}

/** Null where nothing was told that a transaction could be found by. */
function criteriaOf(facts: CaseFacts): TransactionCriteria | null {
  const { transactionId, merchant, amount, occurredOn } = facts;
  // A malformed id fits no transaction; the rest of what was told may.
  const id = isUuid(transactionId) ? transactionId : undefined;
  if (!id && !merchant && !amount && !occurredOn) return null;
  return {
    transactionId: id,
    merchant,
    amount: amount && parseMoney(amount),
    postedOn: occurredOn,
    limit: candidatesMax,
  };
}
