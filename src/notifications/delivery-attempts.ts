import { Injectable, Logger } from '@nestjs/common';

import { Clock } from '../platform/index.js';
import { CarrierOutages, type CarrierTrouble } from './carrier-outages.js';
import { DeliveryRecord, type TakenNotification } from './delivery-record.js';
import { HandOver } from './hand-over.js';
import { DeliveryFailed } from './notification-sender.port.js';
import { carrierOf, deliveryLimits } from './notification.js';
import { UndeliverableMessages } from './undeliverable.js';

const outage = 'carrier_outage';
/** What a carrier says that is in service: it looked at the message. */
const answers = ['message_refused', 'carrier_deferred', 'carrier_busy'];

/**
 * Hands over what a relay took. A message is sent at least once: where a carrier's answer or this
 * process is lost, it is sent again under the same id, with the same words, and so with the same code.
 * It is never sent after its end.
 */
@Injectable()
export class DeliveryAttempts {
  readonly #logger = new Logger('NotificationRelay');

  constructor(
    private readonly clock: Clock,
    private readonly handOver: HandOver,
    private readonly record: DeliveryRecord,
    private readonly outages: CarrierOutages,
    private readonly undeliverable: UndeliverableMessages,
  ) {}

  async deliver(taken: readonly TakenNotification[]): Promise<void> {
    const troubles = await this.outages.list();
    await Promise.all(
      taken.map((notification) => {
        const carrier = carrierOf[notification.channel];
        return this.#deliverOne(
          notification,
          troubles.find((trouble) => trouble.carrier === carrier),
        );
      }),
    );
  }

  async #deliverOne(
    notification: TakenNotification,
    trouble: CarrierTrouble | undefined,
  ): Promise<void> {
    if (notification.expires_at <= this.clock.now()) {
      await this.record.end(notification, { state: 'expired', failure: null });
      return;
    }
    const isOut = trouble !== undefined && trouble.since !== null;
    // What nobody gets says nothing of the carrier, and waits like the rest.
    const mayProbe = isOut && this.handOver.isTold(notification);
    if (isOut && !(mayProbe && (await this.outages.takeProbe(trouble.carrier)))) {
      await this.#hold(notification, trouble);
      return;
    }
    const receipt = await this.handOver
      .send(notification)
      .catch((error: unknown) => failureOf(error));
    if (receipt instanceof DeliveryFailed) {
      await this.#failed(notification, receipt);
    } else {
      const state = receipt ? 'sent' : 'withheld';
      const reference = receipt?.reference ?? null;
      await this.record.end(notification, { state, failure: null, reference });
    }
    const isAnswered =
      receipt instanceof DeliveryFailed ? answers.includes(receipt.code) : receipt !== null;
    if (trouble && isAnswered) await this.outages.works(trouble);
  }

  async #failed(notification: TakenNotification, failure: DeliveryFailed): Promise<void> {
    const { id, channel, attempts } = notification;
    this.#logger.warn(`Notification ${id} was not taken: ${failure.code}`);
    if (failure.kind === 'outage') await this.outages.fault(carrierOf[channel], failure.code);
    const nextAt = retryAt(this.clock.now(), attempts, failure.retryAfterSeconds);
    const isLast =
      failure.kind === 'permanent' ||
      attempts >= deliveryLimits.attemptsMax ||
      // Waiting for a moment at which it may not be told any more helps nobody.
      nextAt >= notification.expires_at;
    const mayFallBack = isLast || attempts === deliveryLimits.attemptsBeforeFallback;
    // Before the end is recorded: a crash in between asks again, and finds nothing left to do.
    const isTakenOver = mayFallBack && (await this.#findAnotherWay(notification, failure.code));
    if (isLast || isTakenOver) {
      await this.record.end(notification, { state: 'failed', failure: failure.code });
    } else {
      await this.record.requeue(notification, { nextAt, attempts, failure: failure.code });
    }
  }

  /** Keeps a message while its carrier is out: it costs no attempt, and takes another way if it has one. */
  async #hold(notification: TakenNotification, { probeAt }: CarrierTrouble): Promise<void> {
    const isNew = notification.failure !== outage;
    if (isNew && (await this.#findAnotherWay(notification, outage))) {
      await this.record.end(notification, { state: 'failed', failure: outage });
      return;
    }
    const soonest = new Date(this.clock.now().getTime() + deliveryLimits.firstRetrySeconds * 1000);
    const nextAt = probeAt && probeAt > soonest ? probeAt : soonest;
    const attempts = notification.attempts - 1;
    await this.record.requeue(notification, { nextAt, attempts, failure: outage });
  }

  async #findAnotherWay(notification: TakenNotification, reason: string): Promise<boolean> {
    const { id, template, channel, purpose } = notification;
    try {
      return await this.undeliverable.findAnotherWay(template, {
        notificationId: id,
        channel,
        purpose,
        reason,
        subjectRef: notification.subject_ref,
        challengeId: notification.challenge_id,
      });
    } catch (error) {
      // The bank may be silent too. This message goes its own way, whatever became of the other one.
      this.#logger.warn(`No other way for notification ${id}: ${nameOf(error)}`);
      return false;
    }
  }
}

/**
 * When to try again after so many attempts: the wait doubles, up to a limit, and is no shorter than
 * the carrier asks for.
 */
export function retryAt(now: Date, attempts: number, carrierSeconds = 0): Date {
  const seconds = Math.min(
    deliveryLimits.firstRetrySeconds * 2 ** (attempts - 1),
    deliveryLimits.retrySecondsMax,
  );
  return new Date(now.getTime() + Math.max(seconds, carrierSeconds) * 1000);
}

function failureOf(error: unknown): DeliveryFailed {
  return error instanceof DeliveryFailed ? error : new DeliveryFailed('fault', { cause: error });
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}
