import { defineProblems, type Problem } from '../platform/index.js';

/** Problems of signing in. What was wrong with a credential is never said. */
export const identityProblems = defineProblems({
  'session.credentials_invalid': {
    status: 401,
    title: 'Sign-in failed',
    when: 'Customer number and passcode do not fit, the customer is unknown, or too many attempts failed.',
  },
  'session.assertion_unavailable': {
    status: 400,
    title: 'Bank assertions are not configured',
    when: 'A customer session is asked for with `assertion` and no issuer is configured.',
  },
  'session.refresh_refused': {
    status: 401,
    title: 'Refresh token not accepted',
    when: 'The refresh token is unknown, its session has ended, or it was used before; then the session ends.',
  },
  'staff.credentials_invalid': {
    status: 401,
    title: 'Sign-in failed',
    when:
      'E-mail address, password or code is wrong, the code was used before, the account is unknown, ' +
      'locked or disabled, or the `mfaToken` is not good.',
  },
  'staff.mfa_required': {
    status: 401,
    title: 'Second factor required',
    when: 'The password was right; `mfaToken` and a code of the authenticator complete the sign-in.',
  },
  'staff.refresh_refused': {
    status: 401,
    title: 'Refresh token not accepted',
    when: 'The refresh token is unknown, expired, or was used before; in that case the session has ended.',
  },
});

/** The challenge that each 401 carries (RFC 9110 §15.5.2), naming what the route takes instead of a token. */
export function signInChallenge(
  realm: 'customer' | 'staff',
  error?: string,
): Record<string, string> {
  const suffix = error === undefined ? '' : `, error="${error}"`;
  return { 'www-authenticate': `Probity realm="${realm}"${suffix}` };
}

/** One answer for all that can be wrong at a customer's sign-in. */
export const customerSignInFailed = (): Problem =>
  identityProblems['session.credentials_invalid']({ headers: signInChallenge('customer') });

/** One answer for all that can be wrong at a staff sign-in, whichever step. */
export const staffSignInFailed = (): Problem =>
  identityProblems['staff.credentials_invalid']({ headers: signInChallenge('staff') });

/** One answer for a refresh token of a customer that is not good, whatever the reason. */
export const customerRefreshRefused = (): Problem =>
  identityProblems['session.refresh_refused']({
    headers: signInChallenge('customer', 'invalid_token'),
  });
