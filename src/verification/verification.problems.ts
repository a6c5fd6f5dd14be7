import type { DeliveryObstacle } from '../notifications/index.js';
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
  'challenge.not_sent': {
    status: 409,
    title: 'Nothing is sent for this method',
    when: 'A fresh code is asked for a challenge that is answered with what the customer holds.',
  },
  'challenge.delivery_unavailable': {
    status: 503,
    title: 'Codes cannot be sent this way now',
    when: 'The carrier of the method is out of service, for everybody; `Retry-After` says when it is tried again. Another method may work.',
  },
  'factor_recovery.waiting': {
    status: 409,
    title: 'A recovery waits already',
    when: 'A recovery of this customer’s factors was asked for and is not decided or carried out yet.',
  },
  'challenge.closed': {
    status: 409,
    title: 'Challenge is closed',
    when: 'A fresh code is asked for a challenge that was used, replaced or has expired; create another.',
  },
  'authenticator.code_refused': {
    status: 400,
    title: 'First code not accepted',
    when:
      'The code that confirms a new authenticator is wrong, or the enrolment was confirmed, was ' +
      'replaced or is too old; enrol again.',
  },
});

/** The one answer to every code that is not accepted. */
export const verificationFailed = (): Problem =>
  verificationProblems['verification.failed']({
    headers: { 'www-authenticate': 'Probity realm="verification"' },
  });

/** What stands between everybody and their code: a carrier that nobody configured, or one that is out. */
export function deliveryUnavailable({ code, retryAt }: DeliveryObstacle, now: Date): Problem {
  if (code === 'carrier_unconfigured')
    return verificationProblems['challenge.method_unavailable']();
  const seconds = Math.ceil(((retryAt ?? now).getTime() - now.getTime()) / 1000);
  return verificationProblems['challenge.delivery_unavailable']({
    headers: { 'retry-after': String(Math.max(1, seconds)) },
  });
}
