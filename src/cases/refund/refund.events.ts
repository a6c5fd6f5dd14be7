import { z } from 'zod';

import { defineEvent } from '../../ledger/index.js';

const moneyDetail = {
  refundId: z.uuid(),
  amount: z.string(),
  currency: z.string(),
  category: z.string().nullable(),
};

export const refundRequested = defineEvent('refund.requested', {
  description: 'A refund was requested: within the requester’s authority, or waiting for approval.',
  detail: z.strictObject({ ...moneyDetail, aggregate: z.string(), state: z.string() }),
});

export const refundRefused = defineEvent('refund.refused', {
  description: 'A refund was refused.',
  detail: z.strictObject({ amount: z.string(), currency: z.string() }),
});

export const refundExecuted = defineEvent('refund.executed', {
  description: 'The bank confirmed that the refund is booked.',
  detail: z.strictObject({ ...moneyDetail, bookingId: z.string() }),
});

export const refundExecutionRepeated = defineEvent('refund.execution_repeated', {
  description:
    'The bank confirmed again a refund that was already recorded; nothing was booked twice.',
  detail: z.strictObject({ refundId: z.uuid() }),
});

export const refundSettled = defineEvent('refund.settled', {
  description: 'The vote on a refund ended.',
  detail: z.strictObject({ ...moneyDetail, state: z.string() }),
});

export const refundRead = defineEvent('refund.read', {
  description: 'A refund was read.',
  detail: z.strictObject({ refundId: z.uuid() }),
});
