import { z } from 'zod';

import { defineEvent } from '../../ledger/index.js';

export const movementDetail = {
  refundId: z.uuid(),
  amount: z.string(),
  currency: z.string(),
  category: z.string().nullable(),
};

/** What happens to a refund; a fee reversal has the same under names of its own. */
export const refundEvents = {
  requested: defineEvent('refund.requested', {
    description:
      'A refund was requested: within the requester’s authority, or waiting for approval.',
    detail: z.strictObject({ ...movementDetail, aggregate: z.string(), state: z.string() }),
  }),
  refused: defineEvent('refund.refused', {
    description: 'A refund was refused.',
    detail: z.strictObject({ amount: z.string(), currency: z.string() }),
  }),
  executed: defineEvent('refund.executed', {
    description: 'The bank confirmed that the refund is booked.',
    detail: z.strictObject({ ...movementDetail, bookingId: z.string() }),
  }),
  executionRepeated: defineEvent('refund.execution_repeated', {
    description:
      'The bank confirmed again a refund that was already recorded; nothing was booked twice.',
    detail: z.strictObject({ refundId: z.uuid() }),
  }),
  settled: defineEvent('refund.settled', {
    description: 'The vote on a refund ended.',
    detail: z.strictObject({ ...movementDetail, state: z.string() }),
  }),
};

export const refundRead = defineEvent('refund.read', {
  description: 'A refund or a fee reversal was read.',
  detail: z.strictObject({ refundId: z.uuid() }),
});

export const splittingSuspected = defineEvent('refund.splitting_suspected', {
  description:
    'An amount lies within what its requester may do alone, and a sum that it belongs to does not.',
  detail: z.strictObject({
    action: z.string(),
    amount: z.string(),
    currency: z.string(),
    sums: z.array(z.strictObject({ rule: z.string(), total: z.string(), currency: z.string() })),
    decision: z.string(),
  }),
});
