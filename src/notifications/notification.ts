import type { CaseId, ChallengeId, SubjectRef } from '../platform/index.js';

export const notificationChannels = ['sms', 'email', 'team'] as const;
/** `team` is a mailbox of the bank's own people. */
export type NotificationChannel = (typeof notificationChannels)[number];

/** Who carries a channel; a carrier that is out of service is out for all its channels. */
export const carriers = ['sms', 'mail'] as const;
export type Carrier = (typeof carriers)[number];

export const carrierOf: Readonly<Record<NotificationChannel, Carrier>> = {
  sms: 'sms',
  email: 'mail',
  team: 'mail',
};

/**
 * Where a notification stands, and where it may go from there. `withheld`: nobody is told, because no
 * such recipient exists; it is queued and taken like any other, so that time does not tell. `sent`: a carrier took
 * it. `delivered`: the carrier reports that it arrived; a report may overtake the carrier's own
 * answer. `failed`: no carrier took it, or it reports that it did not arrive. `replaced`: a newer one
 * took its place before delivery.
 */
export const notificationTransitions = {
  queued: ['withheld', 'sent', 'delivered', 'failed', 'expired', 'replaced'],
  withheld: [],
  sent: ['delivered', 'failed'],
  delivered: [],
  failed: [],
  expired: [],
  replaced: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type NotificationState = keyof typeof notificationTransitions;
export const notificationStates = Object.keys(
  notificationTransitions,
) as readonly NotificationState[];

/** The states that lead to another, for statements that must move a row from nowhere else. */
export function statesBefore(state: NotificationState): readonly NotificationState[] {
  return notificationStates.filter((from) =>
    (notificationTransitions[from] as readonly string[]).includes(state),
  );
}

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
  /** After so many, seconds into a code's life, another way is asked for while this one is tried on. */
  attemptsBeforeFallback: 3,
  /** So many faults of a carrier in a row are an outage. */
  faultsBeforeOutage: 5,
  /** How often one message is tried while a carrier is out. */
  probeSeconds: 10,
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
