import { z } from 'zod';

import { defineEvent } from '../../ledger/index.js';
import { movementDetail } from './refund.events.js';

/** What happens to a fee reversal. */
export const feeReversalEvents = {
  requested: defineEvent('fee_reversal.requested', {
    description:
      'A fee reversal was requested: within the requester’s authority, or waiting for approval.',
    detail: z.strictObject({ ...movementDetail, aggregate: z.string(), state: z.string() }),
  }),
  refused: defineEvent('fee_reversal.refused', {
    description: 'A fee reversal was refused.',
    detail: z.strictObject({ amount: z.string(), currency: z.string() }),
  }),
  executed: defineEvent('fee_reversal.executed', {
    description: 'The bank confirmed that the fee is given back.',
    detail: z.strictObject({ ...movementDetail, bookingId: z.string() }),
  }),
  executionRepeated: defineEvent('fee_reversal.execution_repeated', {
    description:
      'The bank confirmed again a fee reversal that was already recorded; nothing was booked twice.',
    detail: z.strictObject({ refundId: z.uuid() }),
  }),
  settled: defineEvent('fee_reversal.settled', {
    description: 'The vote on a fee reversal ended.',
    detail: z.strictObject({ ...movementDetail, state: z.string() }),
  }),
};
