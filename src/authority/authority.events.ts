import { z } from 'zod';

import { defineEvent } from '../ledger/index.js';
import { levels } from '../platform/index.js';

/** What every event on a request tells of it: ids, codes and amounts, never a reason's text. */
const requestDetail = {
  action: z.string(),
  amount: z.string().nullable(),
  currency: z.string().nullable(),
  aggregate: z.string().nullable(),
  category: z.string().nullable(),
  level: z.enum(levels),
  groups: z.array(z.string()),
  approversMin: z.int(),
  rule: z.string(),
  requesterId: z.string(),
};

export const approvalRequested = defineEvent('approval.requested', {
  description: 'An action above the actor’s authority waits for others to consent.',
  detail: z.strictObject(requestDetail),
});

export const approvalVoted = defineEvent('approval.voted', {
  description: 'Somebody with the level or of a required group approved or rejected a request.',
  detail: z.strictObject({
    ...requestDetail,
    vote: z.enum(['approve', 'reject']),
    state: z.string(),
  }),
});

export const approvalVoteRefused = defineEvent('approval.vote_refused', {
  description: 'A vote was not taken: own request, level, another version, or decided before.',
  detail: z.strictObject({ action: z.string().nullable() }),
});

export const approvalApproved = defineEvent('approval.approved', {
  description: 'A request has the consent it needs; the service carries it out.',
  detail: z.strictObject(requestDetail),
});

export const approvalRejected = defineEvent('approval.rejected', {
  description: 'A request was rejected.',
  detail: z.strictObject(requestDetail),
});

export const approvalExpired = defineEvent('approval.expired', {
  description: 'Nobody decided a request within its time.',
  detail: z.strictObject(requestDetail),
});

export const approvalSuperseded = defineEvent('approval.superseded', {
  description: 'What was requested has changed in a way that needs more consent, or is gone.',
  detail: z.strictObject(requestDetail),
});

export const approvalExecutionResumed = defineEvent('approval.execution_resumed', {
  description: 'Another process carries out an approved request whose first one went away.',
  detail: z.strictObject(requestDetail),
});

export const approvalExecuted = defineEvent('approval.executed', {
  description: 'An approved request was carried out, once, in the requester’s name.',
  detail: z.strictObject(requestDetail),
});

export const approvalsListed = defineEvent('approval.listed', {
  description: 'Approval requests were listed.',
  detail: z.strictObject({ count: z.int() }),
});

export const approvalRead = defineEvent('approval.read', {
  description: 'An approval request and its votes were read.',
  detail: z.strictObject({ action: z.string().nullable() }),
});

export const authorityEvaluated = defineEvent('authority.evaluated', {
  description: 'Staff asked what they may do; nothing was done.',
  detail: z.strictObject({
    action: z.string(),
    amount: z.string().nullable(),
    currency: z.string().nullable(),
    category: z.string().nullable(),
    answer: z.enum(['permit', 'deny', 'step_up', 'approval']).nullable(),
    level: z.enum(levels).nullable(),
    rule: z.string().nullable(),
  }),
});
