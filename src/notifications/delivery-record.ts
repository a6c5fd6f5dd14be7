import { Injectable } from '@nestjs/common';

import { type AuditEventDraft, AuditedTransaction, committed, type Tx } from '../ledger/index.js';
import {
  AppDatabase,
  type CaseId,
  type ChallengeId,
  IdSource,
  serviceActor,
  type SubjectRef,
} from '../platform/index.js';
import { type NotificationChannel, type NotificationState, statesBefore } from './notification.js';
import {
  challengeSent,
  challengeWithheld,
  notificationDelivered,
  notificationExpired,
  notificationFailed,
  notificationSent,
  notificationWithheld,
} from './notifications.events.js';
import type { SealedMessage } from './sealed-message.js';

/** A notification that a relay has taken; nobody else does before its lease ends. */
export interface TakenNotification extends SealedMessage {
  readonly id: string;
  readonly channel: NotificationChannel;
  readonly template: string;
  readonly purpose: string;
  readonly subject_ref: SubjectRef | null;
  readonly challenge_id: ChallengeId | null;
  readonly case_id: CaseId | null;
  readonly attempts: number;
  /** Why the last attempt failed; null before the first. */
  readonly failure: string | null;
  readonly expires_at: Date;
}

/** What the ledger says of any notification. */
export type RecordedNotification = Omit<
  TakenNotification,
  keyof SealedMessage | 'expires_at' | 'failure'
>;

/** How a notification ends, and what the ledger says of it. */
export interface Ending {
  readonly state: Extract<
    NotificationState,
    'withheld' | 'sent' | 'delivered' | 'failed' | 'expired'
  >;
  readonly failure: string | null;
  /** How the carrier calls the message it took. */
  readonly reference?: string | null;
}

/** Ends a notification: state, erasure of the sealed message and audit event are one transaction. Or puts it back. */
@Injectable()
export class DeliveryRecord {
  constructor(
    private readonly database: AppDatabase,
    private readonly audited: AuditedTransaction,
    private readonly ids: IdSource,
  ) {}

  /**
   * Ends what a relay took. The carrier's answer is recorded as often as it was given: a message that
   * two relays handed over was sent twice, and its row says once that it was.
   */
  async end(notification: TakenNotification, ending: Ending): Promise<void> {
    await this.#run(async (tx) => {
      await this.#move(tx, notification, { ...ending, from: ['queued'] });
      return eventsOf(notification, ending);
    });
  }

  /** Records what the carrier says later on; nothing where the same was said before, or came too late. */
  async endReported(notification: RecordedNotification, ending: Ending): Promise<void> {
    try {
      await this.#run(async (tx) => {
        const from = statesBefore(ending.state);
        if (!(await this.#move(tx, notification, { ...ending, from }))) throw new EndedBefore();
        return eventsOf(notification, ending);
      });
    } catch (error) {
      if (!(error instanceof EndedBefore)) throw error;
    }
  }

  async #run(work: (tx: Tx) => Promise<Events>): Promise<void> {
    const actor = serviceActor('notification-relay', this.ids.random());
    await this.audited.run(actor, async (tx) => committed({}, ...(await work(tx))));
  }

  async #move(
    tx: Tx,
    { id }: RecordedNotification,
    { state, failure, reference, from }: Ending & { from: readonly NotificationState[] },
  ): Promise<boolean> {
    const rows = await tx.query(
      `UPDATE notifications SET state = $2, failure = coalesce($3, failure), finished_at = $4,
         destination = NULL, text = NULL, carrier_reference = coalesce($5, carrier_reference)
       WHERE id = $1 AND state = ANY($6) RETURNING id`,
      [id, state, failure, tx.now, reference ?? null, from],
    );
    return rows.length > 0;
  }

  /** Puts a message back that was not taken, to be tried again, at the latest when it ends. */
  async requeue(
    { id, expires_at: expiresAt }: TakenNotification,
    { nextAt, attempts, failure }: { nextAt: Date; attempts: number; failure: string },
  ): Promise<void> {
    await this.database.query(
      `UPDATE notifications SET failure = $2, attempts = $3, next_attempt_at = least($4::timestamptz, $5)
       WHERE id = $1 AND state = 'queued'`,
      [id, failure, attempts, nextAt, expiresAt],
    );
  }
}

type Events = readonly [AuditEventDraft, ...AuditEventDraft[]];

/** The carrier said so before: there is nothing left to record. */
class EndedBefore extends Error {
  override readonly name = 'EndedBefore';
}

function eventsOf(notification: RecordedNotification, { state, failure }: Ending): Events {
  const { channel, template, purpose, attempts } = notification;
  const about = {
    subjectRef: notification.subject_ref,
    caseId: notification.case_id,
    resource: { kind: 'notification', id: notification.id },
  };
  const detail = { channel, template, purpose, attempts };
  switch (state) {
    case 'failed':
      return [
        notificationFailed({
          ...about,
          outcome: 'failed',
          code: 'notification.failed',
          detail: { ...detail, reason: failure ?? 'fault' },
        }),
      ];
    case 'delivered':
      return [notificationDelivered({ ...about, detail })];
    case 'expired':
      return [
        notificationExpired({
          ...about,
          outcome: 'failed',
          code: 'notification.expired',
          detail: { ...detail, reason: failure },
        }),
      ];
    case 'sent':
    case 'withheld':
      return handedOver(notification, state);
  }
}

/** As many events where nobody is told: neither their number nor the time tells that nobody was. */
function handedOver(notification: RecordedNotification, state: 'sent' | 'withheld'): Events {
  const { channel, template, purpose, attempts, challenge_id: challengeId } = notification;
  const [ofMessage, ofChallenge] =
    state === 'sent'
      ? [notificationSent, challengeSent]
      : [notificationWithheld, challengeWithheld];
  const about = { subjectRef: notification.subject_ref, caseId: notification.case_id };
  const message = ofMessage({
    ...about,
    resource: { kind: 'notification', id: notification.id },
    detail: { channel, template, purpose, attempts },
  });
  if (challengeId === null) return [message];
  return [
    message,
    ofChallenge({
      ...about,
      resource: { kind: 'challenge', id: challengeId },
      detail: { method: channel, purpose, attempts },
    }),
  ];
}
