import { z } from 'zod';

import { defineEvent } from '../ledger/index.js';

const amr = z.array(z.string());

export const sessionCreated = defineEvent('session.created', {
  description: 'A customer signed in with the bank’s own login.',
  detail: z.strictObject({ acr: z.string(), amr }),
});

export const sessionEnded = defineEvent('session.ended', {
  description: 'A customer signed out; the session’s tokens are refused from now on.',
  detail: z.strictObject({}),
});

export const sessionRefused = defineEvent('session.refused', {
  description:
    'A customer sign-in was refused. The answer did not say why; the reason stands here.',
  detail: z.strictObject({
    reason: z.enum([
      'credentials',
      'limit',
      'assertion',
      'replay',
      'unknown',
      'token',
      'authority',
    ]),
  }),
});

export const sessionRefreshed = defineEvent('session.refreshed', {
  description: 'A customer session got fresh tokens; when it was authenticated did not change.',
  detail: z.strictObject({}),
});

export const sessionRefreshReused = defineEvent('session.refresh_reused', {
  description:
    'A refresh token of a customer came a second time: somebody else may hold it, so the session was ended.',
  detail: z.strictObject({}),
});

export const staffPasswordAccepted = defineEvent('staff.password_accepted', {
  description: 'A staff password was right; the second factor is asked for.',
  detail: z.strictObject({}),
});

export const staffSessionCreated = defineEvent('staff.session_created', {
  description: 'A member of staff signed in with password and one-time code.',
  detail: z.strictObject({
    staffId: z.uuid(),
    acr: z.string(),
    amr,
    roles: z.array(z.string()),
    level: z.string().nullable(),
  }),
});

export const staffSessionRefused = defineEvent('staff.session_refused', {
  description: 'A staff sign-in was refused at the step named. The answer did not say why.',
  detail: z.strictObject({
    step: z.enum(['password', 'code', 'refresh', 'end']),
    reason: z.enum(['credentials', 'unknown_or_locked', 'code_reused', 'token', 'authority']),
  }),
});

export const staffLocked = defineEvent('staff.locked', {
  description: 'A staff account was locked after consecutive failures.',
  detail: z.strictObject({ failures: z.int() }),
});

export const staffSessionRefreshed = defineEvent('staff.session_refreshed', {
  description:
    'A staff session got a fresh access token; when it was authenticated did not change.',
  detail: z.strictObject({}),
});

export const staffRefreshReused = defineEvent('staff.refresh_reused', {
  description:
    'A refresh token came a second time: somebody else may hold it, so the session was ended.',
  detail: z.strictObject({}),
});

export const staffSessionEnded = defineEvent('staff.session_ended', {
  description: 'A member of staff signed out.',
  detail: z.strictObject({}),
});

export const keyRotated = defineEvent('key.rotated', {
  description: 'The key of access tokens or the master key of the key store was replaced.',
  detail: z.strictObject({
    name: z.enum(['access-token', 'master', 'log']),
    keyId: z.string().nullable(),
    rotatedAt: z.iso.datetime(),
  }),
});
