import { Injectable } from '@nestjs/common';

import { KeyStore } from '../platform/index.js';
import type { TakenNotification } from './delivery-record.js';
import { type CarrierReceipt, NotificationSender } from './notification-sender.port.js';
import { nobody, openMessage } from './sealed-message.js';

/** Opens a sealed message and hands it to its carrier: the one place where it is clear. */
@Injectable()
export class HandOver {
  constructor(
    private readonly sender: NotificationSender,
    private readonly keys: KeyStore,
  ) {}

  /** Whether somebody is to be told at all; a message that does not open is told of when it is sent. */
  isTold({ id, ...sealed }: TakenNotification): boolean {
    try {
      return openMessage(this.keys, id, sealed).destination.reveal() !== nobody;
    } catch {
      return true;
    }
  }

  /**
   * @returns null where nobody is to be told.
   * @throws DeliveryFailed where the carrier does not take it.
   */
  async send(notification: TakenNotification): Promise<CarrierReceipt | null> {
    const { id, channel, template, expires_at: expiresAt } = notification;
    const message = openMessage(this.keys, id, notification);
    if (message.destination.reveal() === nobody) {
      await this.sender.withhold({ id, channel, text: message.text });
      return null;
    }
    return this.sender.send({ id, channel, template, expiresAt, ...message });
  }
}
