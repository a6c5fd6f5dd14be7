import type { CaseType } from './case-type.js';

type Transitions = Readonly<Record<string, readonly string[]>>;

/** Containment runs beside these and has states of its own. */
const fraudTransitions = {
  reported: ['triaged', 'investigating'],
  triaged: ['investigating'],
  investigating: ['awaiting_customer', 'determined'],
  awaiting_customer: ['investigating', 'determined'],
  determined: ['remediated', 'closed'],
  remediated: ['closed'],
  closed: [],
} as const satisfies Transitions;

/** The clock starts with `noticed`, whatever is still missing (12 CFR 1005.11(b)(1)). */
const disputeTransitions = {
  noticed: ['intake', 'written_confirmation_pending', 'investigating'],
  intake: ['written_confirmation_pending', 'investigating'],
  written_confirmation_pending: ['investigating'],
  investigating: ['provisionally_credited', 'chargeback_submitted', 'determined'],
  provisionally_credited: ['chargeback_submitted', 'determined'],
  chargeback_submitted: ['represented', 'determined'],
  represented: ['pre_arbitration', 'determined'],
  pre_arbitration: ['arbitration', 'determined'],
  arbitration: ['determined'],
  determined: ['corrected', 'credit_reversal_noticed', 'closed'],
  corrected: ['closed'],
  credit_reversal_noticed: ['credit_reversed'],
  credit_reversed: ['closed'],
  closed: ['reasserted'],
  reasserted: ['investigating', 'closed'],
} as const satisfies Transitions;

const ticketTransitions = {
  new: ['assigned'],
  assigned: ['in_progress'],
  in_progress: ['pending_customer', 'escalated', 'resolved'],
  pending_customer: ['in_progress', 'resolved'],
  escalated: ['in_progress', 'resolved'],
  resolved: ['closed', 'reopened'],
  closed: ['reopened'],
  reopened: ['assigned', 'in_progress'],
} as const satisfies Transitions;

export type FraudStatus = keyof typeof fraudTransitions;
export type DisputeStatus = keyof typeof disputeTransitions;
export type TicketStatus = keyof typeof ticketTransitions;
export type CaseStatus = FraudStatus | DisputeStatus | TicketStatus;

/** Where a case of each type may go from each status. */
export const caseTransitions: Readonly<Record<CaseType, Transitions>> = {
  fraud: fraudTransitions,
  dispute: disputeTransitions,
  complaint: ticketTransitions,
  'regulatory-inquiry': ticketTransitions,
  violation: ticketTransitions,
  ticket: ticketTransitions,
};

export const firstStatus: Readonly<Record<CaseType, CaseStatus>> = {
  fraud: 'reported',
  dispute: 'noticed',
  complaint: 'new',
  'regulatory-inquiry': 'new',
  violation: 'new',
  ticket: 'new',
};

/** Statuses that may follow; empty at the end of a case's life. */
export function nextStatuses(type: CaseType, status: CaseStatus): readonly CaseStatus[] {
  return (caseTransitions[type][status] ?? []) as readonly CaseStatus[];
}

/** Whether nothing more is expected of anybody. */
export function isEnded(type: CaseType, status: CaseStatus): boolean {
  return status === 'closed' || nextStatuses(type, status).length === 0;
}
