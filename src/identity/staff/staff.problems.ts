import { defineProblems } from '../../platform/index.js';

/** Problems of the life of a staff account. Why a link leads nowhere is never said. */
export const staffProblems = defineProblems({
  'staff.link_expired': {
    status: 410,
    title: 'Link not good any more',
    when: 'The link or the enrolment is unknown, used, expired, replaced by a newer one, or has had all of its tries.',
  },
  'staff.enrolled_already': {
    status: 409,
    title: 'Already enrolled',
    when: 'The address belongs to somebody who has enrolled, or is disabled.',
  },
  'staff.provider_unavailable': {
    status: 503,
    title: 'Identity provider unavailable',
    when: 'The company’s OpenID provider did not answer in time; nothing was decided.',
  },
  'staff.provider_unconfigured': {
    status: 409,
    title: 'No identity provider',
    when: 'Sign-in through a provider is asked for and `PROBITY_OIDC_ISSUER` names none.',
  },
  'staff.provider_refused': {
    status: 401,
    title: 'Sign-in failed',
    when:
      'The provider’s answer was not accepted: state, nonce, issuer, audience, signature, code, missing ' +
      'multi-factor authentication, no mapped role, or a disabled entry.',
  },
});
