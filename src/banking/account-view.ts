import { z } from 'zod';

import { formatMoney, type Money, moneySchema } from '../platform/index.js';
import { maskAccountNumber } from '../privacy/index.js';
import type { Amount, BankAccount, BankStatement, BankTransaction } from './core-banking.port.js';

export const accountViewSchema = z
  .object({
    id: z.uuid(),
    masked: z.string().meta({ examples: ['**56'] }),
    kind: z.enum(['checking', 'credit-card']),
    currency: z.string(),
  })
  .meta({ id: 'Account' });
export type AccountView = z.infer<typeof accountViewSchema>;

export const transactionViewSchema = z
  .object({
    id: z.uuid(),
    postedOn: z.iso.date(),
    merchant: z.string(),
    amount: moneySchema,
  })
  .meta({ id: 'Transaction' });
export type TransactionView = z.infer<typeof transactionViewSchema>;

export const balanceViewSchema = z
  .object({
    account: z.object({ id: z.uuid(), masked: z.string() }),
    available: moneySchema,
    current: moneySchema,
    transactions: z.array(transactionViewSchema),
  })
  .meta({ id: 'Balance' });
export type BalanceView = z.infer<typeof balanceViewSchema>;

/** Names of the fields that a balance discloses, as the ledger keeps them. */
export const balanceFields: readonly string[] = [
  'account.masked',
  'balance.available',
  'balance.current',
  'transaction.postedOn',
  'transaction.merchant',
  'transaction.amount',
];

export const transactionFields: readonly string[] = balanceFields.slice(3);

/** A balance as it may be shown: account number masked, money as exact decimals, newest first. */
export function balanceView({ account, balance, transactions }: BankStatement): BalanceView {
  return {
    account: { id: account.id, masked: maskAccountNumber(account.number) },
    available: money(balance.available),
    current: money(balance.current),
    transactions: transactions.map(transactionView),
  };
}

/** A transaction as its account's holder may see it. */
export function transactionView(transaction: BankTransaction): TransactionView {
  const { id, postedOn, merchant, amount } = transaction;
  return { id, postedOn, merchant, amount: money(amount) };
}

/** An account with its number masked. */
export function accountView({ id, number, kind, currency }: BankAccount): AccountView {
  return { id, masked: maskAccountNumber(number), kind, currency };
}

function money({ amountMinor, currency }: Amount): Money {
  return formatMoney(amountMinor, currency);
}
