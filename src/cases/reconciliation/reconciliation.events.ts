import { z } from 'zod';

import { defineEvent } from '../../ledger/index.js';
import { moneyDifferenceKinds } from './money-difference.js';

export const moneyReconciled = defineEvent('money.reconciled', {
  description: 'What was approved, executed and booked by the bank was compared.',
  detail: z.strictObject({
    compared: z.int(),
    found: z.int(),
    gone: z.int(),
    open: z.int(),
    from: z.iso.datetime(),
  }),
});

export const moneyDifferenceFound = defineEvent('money.difference_found', {
  description: 'The records of one movement of money disagree.',
  detail: z.strictObject({ refundId: z.uuid(), kind: z.enum(moneyDifferenceKinds) }),
});

export const moneyDifferenceGone = defineEvent('money.difference_gone', {
  description: 'The records of one movement of money agree again.',
  detail: z.strictObject({ refundId: z.uuid(), kind: z.enum(moneyDifferenceKinds) }),
});

export const moneyDifferencesListed = defineEvent('money.differences_listed', {
  description: 'Differences between approved, executed and booked money were listed.',
  detail: z.strictObject({ count: z.int() }),
});
