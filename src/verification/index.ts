/**
 * Proves that somebody holds what the bank knows them to hold. Owns challenges, the counters that
 * protect their codes, and what a right code is good for. Promises that an attempt is counted before
 * it is compared, that a code is good once, for one session, purpose, phone, amount and payee, and
 * that whatever keeps a code from being accepted, the answer is the same. It discloses nothing and
 * moves no money.
 */
export { AttemptChallenge, type VerifiedChallenge } from './attempt-challenge.command.js';
export type { ChallengeAttempt, FailedAttempt, VerifiedAttempt } from './attempt-challenge.js';
export { type ChallengeView, challengeViewSchema } from './challenge-view.js';
export { Challenges } from './challenges.js';
export { CreateChallenge } from './create-challenge.command.js';
export {
  type AuthenticatorList,
  ListAuthenticators,
} from './authenticators/list-authenticators.query.js';
export { Grants, type GrantTaken, type GrantUse } from './grants.js';
export type { OpenChallenge } from './challenge-drafts.js';
export type { OpenedChallenge } from './open-challenge.js';
export { PendingIntentResumer, PendingIntents } from './pending-intents.js';
export type { Means } from './recipients.js';
export {
  type ProtectedSession,
  ReportSuspiciousActivity,
} from './protection/report-suspicious-activity.command.js';
export { ResendChallenge } from './resend-challenge.command.js';
export { VerificationModule } from './verification.module.js';
