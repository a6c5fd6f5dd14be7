/** The life of an approval request. */
export const approvalStates = [
  'requested',
  'partially_approved',
  'approved',
  'executed',
  'rejected',
  'expired',
  'withdrawn',
  'superseded',
] as const;
export type ApprovalState = (typeof approvalStates)[number];

/** Where each state may go; code asks this table and nothing else. */
export const approvalTransitions: Readonly<Record<ApprovalState, readonly ApprovalState[]>> = {
  requested: ['partially_approved', 'approved', 'rejected', 'expired', 'withdrawn', 'superseded'],
  partially_approved: ['approved', 'rejected', 'expired', 'withdrawn', 'superseded'],
  // What was approved is carried out, once; there is no way back to a vote.
  approved: ['executed'],
  executed: [],
  rejected: [],
  expired: [],
  withdrawn: [],
  superseded: [],
};

/** Whether votes are still taken. */
export function isOpen(state: ApprovalState): boolean {
  return approvalTransitions[state].includes('rejected');
}
