import { defineProblems } from '../platform/index.js';

/** Refusals of the one decision point, and states of approval requests. */
export const authorityProblems = defineProblems({
  'purpose.missing': {
    status: 400,
    title: 'Purpose required',
    when: 'The action needs a `Probity-Purpose` header and none came.',
  },
  'purpose.unknown': {
    status: 400,
    title: 'Unknown purpose',
    when: 'The purpose is not in the closed list of the policy.',
  },
  'purpose.not_allowed': {
    status: 403,
    title: 'Purpose does not allow this',
    when: 'The purpose exists, but not for this action.',
  },
  'assurance.insufficient': {
    status: 401,
    title: 'Stronger or fresher proof of identity required',
    when: 'The session is below the assurance level, too old, or raised by a method not accepted (RFC 9470).',
  },
  'authority.denied': {
    status: 403,
    title: 'Not within your authority',
    when: 'No rule grants the action to the actor, or a separation of duties forbids it.',
  },
  'authority.own_account': {
    status: 403,
    title: 'Own account',
    when: 'Roles, state and factors of an account are changed by somebody else than its holder.',
  },
  'approval.own_request': {
    status: 403,
    title: 'Own request',
    when: 'The requester, or somebody acting for them, voted on the request.',
  },
  'approval.open': {
    status: 409,
    title: 'Request open already',
    when: 'The same thing was asked for before, and waits for somebody’s consent.',
  },
  'approval.decided': {
    status: 409,
    title: 'Request already decided',
    when: 'The request is approved, executed, rejected, expired, withdrawn or superseded.',
  },
  'approval.already_voted': {
    status: 409,
    title: 'Already voted',
    when: 'The same person voted on this request before.',
  },
  'approval.superseded': {
    status: 409,
    title: 'Request superseded',
    when: 'What was requested has changed since in a way that needs more consent, or is gone.',
  },
  'approval.expired': {
    status: 409,
    title: 'Request expired',
    when: 'Nobody decided the request within its time.',
  },
  'approval.changed': {
    status: 412,
    title: 'Request has changed',
    when: 'The `If-Match` header names another version of the request.',
  },
});
