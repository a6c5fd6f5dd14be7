import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';

import { AppDatabase, Clock, KeyStore } from '../platform/index.js';
import { DeliveryRecord, type TakenNotification } from './delivery-record.js';
import { DeliveryFailed, NotificationSender } from './notification-sender.port.js';
import { deliveryLimits } from './notification.js';
import { openMessage } from './sealed-message.js';

/**
 * Carries queued notifications out of the process: takes a batch under a lease, sends, and records
 * the end. Any number of relays may run; each message is taken by one.
 */
@Injectable()
export class NotificationRelay implements OnApplicationBootstrap, BeforeApplicationShutdown {
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
  async beforeApplicationShutdown(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  /** Looks soon: the caller's transaction is about to commit. The poll finds it in any case. */
  nudge(): void {
    if (!this.#stopped) this.#schedule(deliveryLimits.nudgeMilliseconds);
  }

  /** Delivers all that is due, after the run that is under way, and answers how many messages it took. */
  deliverDue(): Promise<number> {
    const run = this.#running.then(() => this.#run());
    this.#running = run.then(
      () => undefined,
      (error: unknown) => this.#logger.warn(`Relay paused: ${nameOf(error)}`),
    );
    return run;
  }

  #schedule(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      void this.deliverDue()
        .catch(() => 0)
        .then(() => {
          if (!this.#stopped) this.#schedule(deliveryLimits.pollMilliseconds);
        });
    }, milliseconds);
    this.#timer.unref();
  }

  async #run(): Promise<number> {
    let total = 0;
    for (let batch = 0; batch < deliveryLimits.batchesPerRunMax; batch += 1) {
      const taken = await this.#take();
      await Promise.all(taken.map((notification) => this.#deliver(notification)));
      total += taken.length;
      if (taken.length < deliveryLimits.batchMax) break;
    }
    return total;
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

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}
