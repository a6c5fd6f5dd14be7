import { z } from 'zod';

import { defineEvent } from '../ledger/index.js';

/** Never the code, never the destination. */
const about = z.strictObject({ method: z.string(), purpose: z.string() });

export const challengeCreated = defineEvent('verification.challenge_created', {
  description: 'A challenge was opened and its code queued for delivery.',
  detail: about.extend({ dynamicallyLinked: z.boolean(), expiresAt: z.iso.datetime() }),
});

export const challengeReused = defineEvent('verification.challenge_reused', {
  description:
    'A further question with the same purpose waits for the challenge that is open already.',
  detail: about,
});

export const challengeLimited = defineEvent('verification.challenge_limited', {
  description: 'No code was sent: a limit on sending per account or destination is used up.',
  detail: about,
});

export const challengeRefused = defineEvent('verification.challenge_refused', {
  description:
    'A step of a challenge was refused: it is unknown, somebody else’s, closed, or not offered.',
  detail: z.strictObject({
    step: z.enum(['create', 'attempt', 'resend', 'delivery']),
    reason: z.string(),
  }),
});

export const challengeResent = defineEvent('verification.challenge_resent', {
  description: 'A fresh code took the place of the old one. No failure was forgotten.',
  detail: about.extend({ expiresAt: z.iso.datetime() }),
});

export const deliveryShown = defineEvent('verification.delivery_shown', {
  description:
    'Its customer, or staff who help them, was told where the newest message of a challenge stands.',
  detail: about.extend({ state: z.string() }),
});

export const challengeSuperseded = defineEvent('verification.challenge_superseded', {
  description:
    'A challenge became void: what it was bound to (amount, payee, resource, destination) changed.',
  detail: about,
});

export const challengeFailed = defineEvent('verification.challenge_failed', {
  description: 'A code was not accepted. The answer did not say why; the reason stands here.',
  detail: about.extend({
    reason: z.enum(['wrong', 'reused', 'closed', 'budget', 'session_ended']),
    /** Which of the account's attempts for this purpose it was; null where it was not evaluated. */
    attempt: z.int().nullable(),
  }),
});

export const verificationLocked = defineEvent('verification.locked', {
  description: 'Codes of this account are not evaluated for a time, after consecutive failures.',
  detail: about.extend({ failures: z.int(), until: z.iso.datetime().nullable() }),
});

export const verified = defineEvent('verification.verified', {
  description: 'A code was right: the session was raised.',
  detail: about.extend({ acr: z.string(), amr: z.array(z.string()) }),
});

export const challengeExpired = defineEvent('verification.challenge_expired', {
  description: 'A challenge ended without a right code.',
  detail: about,
});

export const authenticatorsListed = defineEvent('authenticator.listed', {
  description: 'A customer’s authenticators were shown, destinations masked.',
  detail: z.strictObject({ methods: z.array(z.string()) }),
});

export const authenticatorRefused = defineEvent('authenticator.refused', {
  description: 'An authenticator was to be listed, enrolled, confirmed or removed and was not.',
  detail: z.strictObject({ step: z.enum(['list', 'enrol', 'confirm', 'remove']) }),
});

const factor = z.strictObject({ method: z.string() });

export const authenticatorEnrolled = defineEvent('authenticator.enrolled', {
  description: 'The enrolment of an authenticator began; it proves nothing until it is confirmed.',
  detail: factor,
});

export const recoveryCodesIssued = defineEvent('authenticator.recovery_codes_issued', {
  description: 'A customer got a fresh set of recovery codes; the set before is good for nothing.',
  detail: factor,
});

export const authenticatorConfirmed = defineEvent('authenticator.confirmed', {
  description: 'A new authenticator is active; for money it counts once it has cooled off.',
  detail: factor.extend({ countsForMoneyAt: z.iso.datetime() }),
});

export const authenticatorConfirmFailed = defineEvent('authenticator.confirm_failed', {
  description: 'The first code of a new authenticator was not accepted.',
  detail: factor,
});

export const authenticatorRemoved = defineEvent('authenticator.removed', {
  description: 'An authenticator was removed; its codes are good for nothing any more.',
  detail: factor,
});

export const sessionProtected = defineEvent('session.protected', {
  description:
    'A customer told of suspicious activity: other sessions ended, and this one has to prove itself anew.',
  detail: z.strictObject({ endedSessions: z.int() }),
});

export const sessionProtectionRefused = defineEvent('session.protection_refused', {
  description:
    'Suspicious activity was told of, and the session to protect was not there any more.',
  detail: z.strictObject({}),
});

export const lockoutReleased = defineEvent('verification.lockout_released', {
  description: 'A member of staff ended the lock of a customer’s codes; failures count from zero.',
  detail: z.strictObject({ wasLocked: z.boolean(), failures: z.int(), proofing: z.string() }),
});

export const lockoutReleaseRefused = defineEvent('verification.lockout_release_refused', {
  description: 'A lock was to be ended and was not: not permitted, or no such customer.',
  detail: z.strictObject({}),
});

export const factorRecoveryRequested = defineEvent('factor_recovery.requested', {
  description: 'A proofed customer lost their factors: a second person is asked to consent.',
  detail: z.strictObject({ proofing: z.string() }),
});

export const factorRecoveryRefused = defineEvent('factor_recovery.refused', {
  description: 'A recovery was not begun: not permitted, no such customer, or one waits already.',
  detail: z.strictObject({}),
});

export const factorRecoverySettled = defineEvent('factor_recovery.settled', {
  description: 'The second person consented to a recovery or did not, or nobody decided in time.',
  detail: z.strictObject({ decision: z.string() }),
});

export const factorRecoveryIssued = defineEvent('factor_recovery.issued', {
  description: 'A recovery code was made and queued for the mailbox that the bank knows.',
  detail: z.strictObject({ expiresAt: z.iso.datetime() }),
});

export const grantUsed = defineEvent('verification.grant_used', {
  description: 'What a right code was good for was done; the code is good for nothing more.',
  detail: about.extend({ dynamicallyLinked: z.boolean() }),
});

export const grantVoided = defineEvent('verification.grant_voided', {
  description:
    'What was to be done is not what the code was given for: it is good for nothing now.',
  detail: about,
});

export const challengeFellBack = defineEvent('verification.challenge_fell_back', {
  description:
    'A code did not arrive: the challenge goes on by another way that its customer has and that proves no less.',
  detail: about.extend({ from: z.string(), reason: z.string() }),
});
