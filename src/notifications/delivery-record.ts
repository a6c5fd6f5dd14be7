import { Injectable } from '@nestjs/common';

import { type AuditEventDraft, AuditedTransaction, committed } from '../ledger/index.js';
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
  notificationDelivered,
  notificationExpired,
  notificationFailed,
  notificationSent,
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
  readonly state: Extract<NotificationState, 'sent' | 'delivered' | 'failed' | 'expired'>;
  readonly failure: string | null;
  /** How the carrier calls the message it took. */
  readonly reference?: string | null;
  /** True where the carrier says so later on, of a message that it took before. */
  readonly isReported?: boolean;
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
   * What happened is recorded as often as it did; the row moves from where its states allow. A
   * message that two relays handed over was sent twice, and its row says once that it was.
   */
  async end(notification: RecordedNotification, ending: Ending): Promise<void> {
    const actor = serviceActor('notification-relay', this.ids.random());
    await this.audited.run(actor, async (tx) => {
      await tx.query(
        `UPDATE notifications SET state = $2, failure = coalesce($3, failure), finished_at = $4,
           destination = NULL, text = NULL, carrier_reference = coalesce($5, carrier_reference)
         WHERE id = $1 AND state = ANY($6)`,
        [
          notification.id,
          ending.state,
          ending.failure,
          tx.now,
          ending.reference ?? null,
          // A relay ends what it took; another may have handed the message over meanwhile.
          ending.isReported === true ? statesBefore(ending.state) : ['queued'],
        ],
      );
      const [first, ...more] = eventsOf(notification, ending);
      return committed({}, first, ...more);
    });
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

function eventsOf(
  notification: RecordedNotification,
  { state, failure }: Ending,
): readonly [AuditEventDraft, ...AuditEventDraft[]] {
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
      return [
        notificationSent({ ...about, detail }),
        ...(notification.challenge_id === null
          ? []
          : [
              challengeSent({
                ...about,
                resource: { kind: 'challenge', id: notification.challenge_id },
                detail: { method: channel, purpose, attempts },
              }),
            ]),
      ];
  }
}
