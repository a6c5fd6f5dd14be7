import type { CaseId, ChallengeId, SubjectRef } from '../platform/index.js';

export const notificationChannels = ['sms', 'email', 'team'] as const;
/** `team` is a mailbox of the bank's own people. */
export type NotificationChannel = (typeof notificationChannels)[number];

/**
 * Where a notification stands. `withheld`: nobody is told, because no such recipient exists; the row
 * costs the same, so that time does not tell. `replaced`: a newer one took its place before delivery.
 */
export const notificationStates = [
  'queued',
  'withheld',
  'sent',
  'failed',
  'expired',
  'replaced',
] as const;
export type NotificationState = (typeof notificationStates)[number];

/** What is to be told to whom. The text is an approved template's, filled, with masked facts only. */
export interface NotificationRequest {
  readonly channel: NotificationChannel;
  /** E.164 number or mailbox; null tells nobody and takes as long. */
  readonly destination: string | null;
  /** Id of the template that made the text. */
  readonly template: string;
  readonly text: string;
  readonly purpose: string;
  readonly challengeId?: ChallengeId;
  readonly caseId?: CaseId;
  readonly subjectRef?: SubjectRef | null;
  /** When it is no longer worth telling; a day after it was made where it does not say. */
  readonly expiresAt?: Date;
}

/** How often and how long the relay tries; all in one place because they bound each other. */
export const deliveryLimits = {
  /** A message that no carrier took so many times has failed. */
  attemptsMax: 8,
  /** Wait after the first failure; it doubles with each further one. */
  firstRetrySeconds: 1,
  retrySecondsMax: 300,
  /** How long a relay may keep a message it has taken before another takes it over. */
  leaseSeconds: 30,
  batchMax: 20,
  batchesPerRunMax: 50,
  pollMilliseconds: 250,
  /** Long enough for the transaction that queued the message to commit. */
  nudgeMilliseconds: 15,
  /** A message without an end of its own. */
  lifeSeconds: 86_400,
} as const;
