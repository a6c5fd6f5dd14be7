import { feeReversalEvents } from './fee-reversal.events.js';
import { refundEvents } from './refund.events.js';

/** Money back to a customer: of a payment, or of a fee that the bank took. Both count together. */
export const refundKinds = ['refund', 'fee-reversal'] as const;
export type RefundKind = (typeof refundKinds)[number];

/** The action of `policies/authority.yaml`. */
export const actionOf = {
  refund: 'refund.create',
  'fee-reversal': 'fee-reversal.create',
} as const satisfies Record<RefundKind, string>;

export const eventsOf = {
  refund: refundEvents,
  'fee-reversal': feeReversalEvents,
} as const satisfies Record<RefundKind, unknown>;
