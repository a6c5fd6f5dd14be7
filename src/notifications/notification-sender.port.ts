import type { Secret } from '../platform/index.js';
import type { NotificationChannel } from './notification.js';

/** What a carrier needs to know. Destination and text are clear here and nowhere before. */
export interface Delivery {
  /** The notification's own id: a carrier that got it before delivers it once. */
  readonly id: string;
  readonly channel: NotificationChannel;
  readonly destination: Secret;
  readonly text: Secret;
}

/**
 * Hands a message to the world outside: a text-message gateway, a mail server, in development the
 * outbox that stands for the recipient's phone.
 */
export abstract class NotificationSender {
  /**
   * Answers once the carrier has taken the message, within its own timeout.
   *
   * @throws DeliveryFailed where it has not; the relay tries again until the message expires.
   */
  abstract send(delivery: Delivery): Promise<void>;
}

/** The carrier did not take the message. `code` is stable and says nothing of destination or text. */
export class DeliveryFailed extends Error {
  override readonly name = 'DeliveryFailed';

  constructor(
    readonly code: string,
    options?: ErrorOptions,
  ) {
    super(code, options);
  }
}

/** Stands where no carrier is configured: every delivery fails, is tried again and expires, all visibly. */
export class UnconfiguredSender extends NotificationSender {
  override send(): Promise<void> {
    return Promise.reject(new DeliveryFailed('sender_unconfigured'));
  }
}
