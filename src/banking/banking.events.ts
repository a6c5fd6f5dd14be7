import { z } from 'zod';

import { defineEvent } from '../ledger/index.js';

/** How the data left: through a route or in a conversation. */
const viaSchema = z.enum(['api', 'conversation']);

export const accountBalanceDisclosed = defineEvent('account.balance_disclosed', {
  description: 'Balance and newest transactions of an account were shown.',
  detail: z.strictObject({ via: viaSchema, transactions: z.int() }),
});

export const accountListDisclosed = defineEvent('account.list_disclosed', {
  description: 'The accounts of a customer were listed, masked.',
  detail: z.strictObject({ via: viaSchema, accounts: z.int() }),
});

export const accountTransactionsDisclosed = defineEvent('account.transactions_disclosed', {
  description: 'Transactions of an account were shown.',
  detail: z.strictObject({ via: viaSchema, transactions: z.int() }),
});

export const accountStatementDisclosed = defineEvent('account.statement_disclosed', {
  description: 'A statement of an account was made and shown.',
  detail: z.strictObject({
    via: viaSchema,
    transactions: z.int(),
    from: z.iso.date(),
    to: z.iso.date(),
  }),
});

export const accountAccessRefused = defineEvent('account.access_refused', {
  description:
    'Account data was asked for and refused: not one’s own, no purpose, or too little proof.',
  detail: z.strictObject({}),
});
