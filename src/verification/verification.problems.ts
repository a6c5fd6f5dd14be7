import { defineProblems, type Problem } from '../platform/index.js';

/** Problems of challenges. Whatever keeps a code from being accepted is one problem. */
export const verificationProblems = defineProblems({
  'verification.failed': {
    status: 401,
    title: 'Verification failed',
    when: 'The code is wrong, expired, used up or locked, or the customer is unknown: one answer for all.',
  },
  'challenge.method_unavailable': {
    status: 400,
    title: 'Verification method not available',
    when: 'The method is not offered, or the customer has not enrolled it.',
  },
  'challenge.closed': {
    status: 409,
    title: 'Challenge is closed',
    when: 'A fresh code is asked for a challenge that was used, replaced or has expired; create another.',
  },
  'authenticator.unavailable': {
    status: 400,
    title: 'Authenticator cannot be changed here',
    when: 'An authenticator is to be enrolled or removed that this installation does not manage.',
  },
});

/** The one answer to every code that is not accepted. */
export const verificationFailed = (): Problem =>
  verificationProblems['verification.failed']({
    headers: { 'www-authenticate': 'Probity realm="verification"' },
  });
