import type { Secret } from '../platform/index.js';
import type { NotificationChannel } from './notification.js';

/** What a carrier needs to know. Destination and text are clear here and nowhere before. */
export interface Delivery {
  /** The notification's own id, the same at every attempt: a carrier that can tell delivers it once. */
  readonly id: string;
  readonly channel: NotificationChannel;
  /** Id of the template that made the text; a mail's subject goes by it. */
  readonly template: string;
  readonly destination: Secret;
  readonly text: Secret;
  /** When it is no longer worth telling; a carrier that can is told not to hold it longer. */
  readonly expiresAt: Date;
}

/** A message that nobody gets. */
export type WithheldDelivery = Pick<Delivery, 'id' | 'channel' | 'text'>;

/** That a carrier took a message. */
export interface CarrierReceipt {
  /** How the carrier calls it; null where it gives no name. */
  readonly reference: string | null;
}

/** Hands a message to the world outside: a text-message gateway, a mail server, in development an outbox. */
export abstract class NotificationSender {
  /**
   * Answers once the carrier has taken the message, within its own timeout. The relay calls it at
   * least once: where an answer was lost, the carrier may get the same message again.
   *
   * @throws DeliveryFailed where it has not; the relay tries again until the message expires.
   */
  abstract send(delivery: Delivery): Promise<CarrierReceipt>;

  /**
   * Does for a message that nobody gets what can be done without telling anybody. A carrier outside
   * is asked for nothing: it would be told a number, and cost money.
   */
  withhold(_withheld: WithheldDelivery): Promise<void> {
    return Promise.resolve();
  }
}

/**
 * What a failure says of further attempts. `temporary`: this message may pass later. `permanent`: it
 * never will. `outage`: the carrier itself does not work, whatever the message.
 */
export type FailureKind = 'temporary' | 'permanent' | 'outage';

interface FailureOptions extends ErrorOptions {
  readonly kind?: FailureKind;
  /** The earliest that the carrier wants to hear of it again. */
  readonly retryAfterSeconds?: number;
}

/** The carrier did not take the message. `code` is stable and says nothing of destination or text. */
export class DeliveryFailed extends Error {
  override readonly name = 'DeliveryFailed';
  readonly kind: FailureKind;
  readonly retryAfterSeconds: number;

  constructor(
    readonly code: string,
    { kind = 'temporary', retryAfterSeconds = 0, cause }: FailureOptions = {},
  ) {
    super(code, { cause });
    this.kind = kind;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Stands where no carrier is configured: every delivery fails at once, and visibly so. */
export class UnconfiguredSender extends NotificationSender {
  override send(): Promise<CarrierReceipt> {
    return Promise.reject(new DeliveryFailed('carrier_unconfigured', { kind: 'permanent' }));
  }
}
