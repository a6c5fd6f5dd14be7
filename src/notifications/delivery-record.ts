import { Injectable } from '@nestjs/common';

import { type AuditEventDraft, AuditedTransaction, committed } from '../ledger/index.js';
import {
  type CaseId,
  type ChallengeId,
  IdSource,
  serviceActor,
  type SubjectRef,
} from '../platform/index.js';
import type { NotificationChannel, NotificationState } from './notification.js';
import {
  challengeSent,
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
  readonly expires_at: Date;
}

/** How a notification ends, and what the ledger says of it. */
export interface Ending {
  readonly state: Extract<NotificationState, 'sent' | 'failed' | 'expired'>;
  readonly failure: string | null;
}

/** Ends a notification: state, erasure of the sealed message and audit event are one transaction. */
@Injectable()
export class DeliveryRecord {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly ids: IdSource,
  ) {}

  async end(notification: TakenNotification, ending: Ending): Promise<void> {
    const actor = serviceActor('notification-relay', this.ids.random());
    await this.audited.run(actor, async (tx) => {
      await tx.query(
        `UPDATE notifications SET state = $2, failure = coalesce($3, failure), finished_at = $4,
           destination = NULL, text = NULL
         WHERE id = $1 AND state = 'queued'`,
        [notification.id, ending.state, ending.failure, tx.now],
      );
      const [first, ...more] = eventsOf(notification, ending);
      return committed({}, first, ...more);
    });
  }
}

function eventsOf(
  notification: TakenNotification,
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
