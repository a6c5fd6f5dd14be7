import { z } from 'zod';

import { defineEvent } from '../ledger/index.js';
import { caseTypes } from './case-type.js';

const caseDetail = {
  number: z.string(),
  type: z.enum(caseTypes),
  priority: z.string(),
  missingFields: z.array(z.string()),
};

export const fraudReported = defineEvent('fraud.reported', {
  description: 'Somebody gave notice of fraud; a case was opened at once.',
  detail: z.strictObject({ ...caseDetail, confidencePermille: z.int().nullable() }),
});

export const fraudDetailsAdded = defineEvent('fraud.details_added', {
  description: 'The reporter of a fraud gave details of the card.',
  detail: z.strictObject({ missingFields: z.array(z.string()) }),
});

export const caseEscalated = defineEvent('case.escalated', {
  description: 'A case was escalated: teams were alerted and a call-back is due.',
  detail: z.strictObject({ teams: z.array(z.string()), callBackDueAt: z.iso.datetime() }),
});

export const caseOpened = defineEvent('case.opened', {
  description: 'A complaint, inquiry, violation or ticket was opened.',
  detail: z.strictObject(caseDetail),
});

export const caseRefused = defineEvent('case.refused', {
  description: 'Opening or changing a case was refused.',
  detail: z.strictObject({ type: z.string().nullable() }),
});

export const caseListDisclosed = defineEvent('case.list_disclosed', {
  description: 'Cases were listed.',
  detail: z.strictObject({ cases: z.int(), filters: z.array(z.string()) }),
});

export const caseDisclosed = defineEvent('case.disclosed', {
  description: 'A case was shown.',
  detail: z.strictObject({ part: z.enum(['case', 'containments', 'deadlines']) }),
});

export const caseAccessRefused = defineEvent('case.access_refused', {
  description: 'A case or what belongs to it was asked for and refused.',
  detail: z.strictObject({ part: z.enum(['list', 'case', 'containments', 'deadlines']) }),
});

const containmentDetail = {
  containmentId: z.uuid(),
  type: z.string(),
  reason: z.string().nullable(),
};

export const containmentRequested = defineEvent('containment.requested', {
  description: 'A protective measure was requested.',
  detail: z.strictObject(containmentDetail),
});

export const containmentIdentified = defineEvent('containment.card_identified', {
  description: 'The card that a requested measure protects was identified; the bank is asked next.',
  detail: z.strictObject(containmentDetail),
});

export const containmentApplied = defineEvent('containment.applied', {
  description: 'The bank confirmed a protective measure; the holder is told.',
  detail: z.strictObject(containmentDetail),
});

export const containmentUnchanged = defineEvent('containment.unchanged', {
  description: 'A repeated step of a protective measure found nothing left to do.',
  detail: z.strictObject(containmentDetail),
});

export const containmentEnded = defineEvent('containment.not_applied', {
  description: 'A requested measure stands as requested and is not tried again; people take over.',
  detail: z.strictObject(containmentDetail),
});

export const containmentReleaseRequested = defineEvent('containment.release_requested', {
  description: 'The holder or staff asked to undo a protective measure.',
  detail: z.strictObject(containmentDetail),
});

export const containmentReleased = defineEvent('containment.released', {
  description: 'A protective measure was undone.',
  detail: z.strictObject(containmentDetail),
});

export const containmentReleaseRefused = defineEvent('containment.release_refused', {
  description: 'Undoing a protective measure was refused.',
  detail: z.strictObject({ containmentId: z.uuid() }),
});

const disputeDetail = {
  missingFields: z.array(z.string()),
  flags: z.array(z.string()),
  regime: z.string().nullable(),
  deadlines: z.array(
    z.strictObject({ kind: z.string(), rule: z.string(), dueAt: z.iso.datetime() }),
  ),
  duplicateOf: z.array(z.uuid()),
};

export const disputeOpened = defineEvent('dispute.opened', {
  description: 'Somebody gave notice of an error; its clocks run from this moment.',
  detail: z.strictObject({ number: z.string(), ...disputeDetail }),
});

export const disputeFactsAdded = defineEvent('dispute.facts_added', {
  description: 'Facts were added to a dispute; its clocks were chosen again from the same notice.',
  detail: z.strictObject(disputeDetail),
});

export const disputeReassessed = defineEvent('dispute.reassessed', {
  description: 'A bank that was silent at the notice answered; the clocks were chosen again.',
  detail: z.strictObject(disputeDetail),
});

export const disputeTransactionDisclosed = defineEvent('dispute.transaction_disclosed', {
  description: 'What a dispute knows of the account and its transactions was shown, masked.',
  detail: z.strictObject({ transactions: z.int() }),
});
