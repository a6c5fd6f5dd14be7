/** The life of a refund. */
export const refundStates = [
  'awaiting_approval',
  'executing',
  'executed',
  'rejected',
  'expired',
  'superseded',
] as const;
export type RefundState = (typeof refundStates)[number];

/** Where each state may go. Money that the bank was asked to move is never called back here. */
export const refundTransitions: Readonly<Record<RefundState, readonly RefundState[]>> = {
  awaiting_approval: ['executing', 'rejected', 'expired', 'superseded'],
  executing: ['executed'],
  executed: [],
  rejected: [],
  expired: [],
  superseded: [],
};

/** The states whose amounts count against the limit of a case. */
export const countedStates: readonly RefundState[] = ['executing', 'executed'];
