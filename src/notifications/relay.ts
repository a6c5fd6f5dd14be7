import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

import { type AuditEventDraft, AuditedTransaction, committed } from '../ledger/index.js';
import {
  AppDatabase,
  type CaseId,
  type ChallengeId,
  Clock,
  IdSource,
  KeyStore,
  serviceActor,
  type SubjectRef,
} from '../platform/index.js';
import { deliveryLimits, type NotificationChannel, type NotificationState } from './notification.js';
import { DeliveryFailed, NotificationSender } from './notification-sender.port.js';
import {
  challengeSent,
  notificationExpired,
  notificationFailed,
  notificationSent,
} from './notifications.events.js';
import { openMessage, type SealedMessage } from './sealed-message.js';

/** A notification that this relay has taken; nobody else does before its lease ends. */
interface TakenNotification extends SealedMessage {
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
interface Ending {
  readonly state: Extract<NotificationState, 'sent' | 'failed' | 'expired'>;
  readonly failure: string | null;
}

/**
 * Carries queued notifications out of the process: takes a batch under a lease, sends, and records
 * the end. Any number of relays may run; each message is taken by one.
 */
@Injectable()
export class NotificationRelay implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #logger = new Logger('NotificationRelay');
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopped = true;

  constructor(
    private readonly database: AppDatabase,
    private readonly sender: NotificationSender,
    private readonly keys: KeyStore,
    private readonly clock: Clock,
    private readonly record: DeliveryRecord,
  ) {}

  onApplicationBootstrap(): void {
    this.#stopped = false;
    this.#schedule(deliveryLimits.pollMilliseconds);
  }

  /** Lets what is under way end; what is queued waits for the next process. */
  async onApplicationShutdown(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  /** Looks soon: the caller's transaction is about to commit. The poll finds it in any case. */
  nudge(): void {
    if (!this.#stopped) this.#schedule(deliveryLimits.nudgeMilliseconds);
  }

  /** Delivers all that is due now, and answers how many messages it took. */
  async deliverDue(): Promise<number> {
    let total = 0;
    for (let batch = 0; batch < deliveryLimits.batchesPerRunMax; batch += 1) {
      const taken = await this.#take();
      await Promise.all(taken.map((notification) => this.#deliver(notification)));
      total += taken.length;
      if (taken.length < deliveryLimits.batchMax) break;
    }
    return total;
  }

  #schedule(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      // One run at a time: a nudge during a run waits for its end.
      this.#running = this.#running
        .then(() => this.deliverDue())
        .then(
          () => undefined,
          (error: unknown) => this.#logger.warn(`Relay paused: ${nameOf(error)}`),
        )
        .then(() => {
          if (!this.#stopped) this.#schedule(deliveryLimits.pollMilliseconds);
        });
    }, milliseconds);
    this.#timer.unref();
  }

  async #take(): Promise<readonly TakenNotification[]> {
    const [rows] = await this.database.query<[TakenNotification[], number]>(
      `UPDATE notifications SET attempts = attempts + 1,
         next_attempt_at = $1::timestamptz + make_interval(secs => $2)
       WHERE id IN (
         SELECT id FROM notifications WHERE state = 'queued' AND next_attempt_at <= $1
         ORDER BY next_attempt_at LIMIT $3 FOR UPDATE SKIP LOCKED)
       RETURNING id, channel, template, purpose, subject_ref, challenge_id, case_id,
         destination, text, attempts, expires_at`,
      [this.clock.now(), deliveryLimits.leaseSeconds, deliveryLimits.batchMax],
    );
    return rows;
  }

  async #deliver(notification: TakenNotification): Promise<void> {
    if (notification.expires_at <= this.clock.now()) {
      await this.record.end(notification, { state: 'expired', failure: null });
      return;
    }
    const { id, channel } = notification;
    try {
      await this.sender.send({ id, channel, ...openMessage(this.keys, id, notification) });
    } catch (error) {
      await this.#retryLater(notification, error instanceof DeliveryFailed ? error.code : 'fault');
      return;
    }
    await this.record.end(notification, { state: 'sent', failure: null });
  }

  async #retryLater(notification: TakenNotification, failure: string): Promise<void> {
    this.#logger.warn(`Notification ${notification.id} was not taken: ${failure}`);
    if (notification.attempts >= deliveryLimits.attemptsMax) {
      await this.record.end(notification, { state: 'failed', failure });
      return;
    }
    await this.database.query(
      `UPDATE notifications SET failure = $2, next_attempt_at = $3 WHERE id = $1 AND state = 'queued'`,
      [notification.id, failure, retryAt(this.clock.now(), notification.attempts)],
    );
  }
}

/** When to try again after so many attempts: the wait doubles, up to a limit. */
export function retryAt(now: Date, attempts: number): Date {
  const seconds = Math.min(
    deliveryLimits.firstRetrySeconds * 2 ** (attempts - 1),
    deliveryLimits.retrySecondsMax,
  );
  return new Date(now.getTime() + seconds * 1000);
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

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}
