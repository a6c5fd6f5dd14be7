import { z } from 'zod';

import { defineEvent } from '../../ledger/index.js';
import { disablingReasons } from './staff-directory.js';

const roles = z.array(z.string());
const rolesDetail = { roles, level: z.string().nullable() };

export const staffInvited = defineEvent('staff.invited', {
  description: 'An administrator gave somebody access, to be enrolled by a link that is good once.',
  detail: z.strictObject({ ...rolesDetail, link: z.enum(['sent', 'printed', 'none']) }),
});

export const staffEnrolmentBegun = defineEvent('staff.enrolment_begun', {
  description: 'An enrolment link was used: a password was chosen and an authenticator is set up.',
  detail: z.strictObject({}),
});

export const staffEnrolled = defineEvent('staff.enrolled', {
  description: 'The first code of the authenticator was right: the account has both factors.',
  detail: z.strictObject({ recoveryCodes: z.int() }),
});

export const staffEnrolmentRefused = defineEvent('staff.enrolment_refused', {
  description: 'An enrolment was refused at the step named. The answer did not say why.',
  detail: z.strictObject({
    step: z.enum(['link', 'code']),
    reason: z.enum(['link', 'code', 'disabled', 'authority']),
  }),
});

export const staffPasswordResetRequested = defineEvent('staff.password_reset_requested', {
  description:
    'A link to reset a password was asked for. The answer is the same for every address.',
  detail: z.strictObject({
    result: z.enum(['sent', 'unknown', 'not_eligible', 'limited']),
  }),
});

export const staffPasswordReset = defineEvent('staff.password_reset', {
  description:
    'A password was reset by link and one-time code; every session of the account ended.',
  detail: z.strictObject({ sessionsEnded: z.int() }),
});

export const staffPasswordResetRefused = defineEvent('staff.password_reset_refused', {
  description: 'A reset of a password was refused. The answer did not say why.',
  detail: z.strictObject({ reason: z.enum(['link', 'code', 'authority']) }),
});

export const staffRecoveryCodeUsed = defineEvent('staff.recovery_code_used', {
  description: 'A recovery code stood in for the authenticator; it is used up.',
  detail: z.strictObject({}),
});

export const staffRolesChanged = defineEvent('staff.roles_changed', {
  description: 'The roles of somebody changed; their next request has the new ones.',
  detail: z.strictObject({
    before: z.strictObject(rolesDetail),
    after: z.strictObject(rolesDetail),
    by: z.enum(['administrator', 'provider']),
  }),
});

export const staffDisabled = defineEvent('staff.disabled', {
  description: 'An account was disabled; its sessions and links ended.',
  detail: z.strictObject({ reason: z.enum(disablingReasons), sessionsEnded: z.int() }),
});

export const staffEnabled = defineEvent('staff.enabled', {
  description: 'An account was enabled again.',
  detail: z.strictObject({ reason: z.enum(disablingReasons).nullable() }),
});

export const staffSessionsRevoked = defineEvent('staff.sessions_revoked', {
  description: 'Sessions were ended by their holder, an administrator or security.',
  detail: z.strictObject({ staffId: z.uuid(), sessionsEnded: z.int() }),
});

export const staffListed = defineEvent('staff.listed', {
  description: 'Somebody read the staff directory.',
  detail: z.strictObject({ entries: z.int() }),
});

export const staffSessionsListed = defineEvent('staff.sessions_listed', {
  description: 'Somebody read which sessions a member of staff has.',
  detail: z.strictObject({ staffId: z.uuid(), sessions: z.int() }),
});

export const staffAdministrationRefused = defineEvent('staff.administration_refused', {
  description: 'An administration of staff was refused.',
  detail: z.strictObject({ action: z.string() }),
});

export const staffBreakGlassUsed = defineEvent('staff.break_glass_used', {
  description: 'A password signed somebody in although the company’s provider is configured.',
  detail: z.strictObject({ staffId: z.uuid() }),
});

export const staffFactorResetRequested = defineEvent('staff.factor_reset_requested', {
  description:
    'An administrator asked that somebody may enrol anew; another person has to consent.',
  detail: z.strictObject({ approvalRequestId: z.uuid() }),
});

export const staffFactorReset = defineEvent('staff.factor_reset', {
  description:
    'With consent, the factors of an account were taken away, its sessions ended and a link was sent.',
  detail: z.strictObject({ sessionsEnded: z.int() }),
});

export const staffOidcBegun = defineEvent('staff.oidc_begun', {
  description: 'A sign-in at the company’s OpenID provider began.',
  detail: z.strictObject({}),
});

export const staffOidcRefused = defineEvent('staff.oidc_refused', {
  description:
    'A sign-in at the company’s OpenID provider was refused. The answer did not say why.',
  detail: z.strictObject({
    reason: z.enum([
      'authority',
      'login',
      'answer',
      'claims',
      'mfa',
      'unmapped',
      'no_entry',
      'local_account',
      'disabled',
    ]),
  }),
});
