import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';

import { AppDatabase, Clock } from '../platform/index.js';
import { DeliveryAttempts } from './delivery-attempts.js';
import type { TakenNotification } from './delivery-record.js';
import { deliveryLimits } from './notification.js';

/**
 * Takes queued notifications in batches, each under a lease, and has them delivered. Any number of
 * relays may run; a message is taken by one, and by another only once its lease has ended.
 */
@Injectable()
export class NotificationRelay implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger('NotificationRelay');
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopped = true;

  constructor(
    private readonly database: AppDatabase,
    private readonly clock: Clock,
    private readonly attempts: DeliveryAttempts,
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
      if (taken.length > 0) await this.attempts.deliver(taken);
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
         destination, text, attempts, failure, expires_at`,
      [this.clock.now(), deliveryLimits.leaseSeconds, deliveryLimits.batchMax],
    );
    return rows;
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}
