import { Injectable } from '@nestjs/common';

import { KeyStore } from '../platform/index.js';
import type { TakenNotification } from './delivery-record.js';
import { type CarrierReceipt, NotificationSender } from './notification-sender.port.js';
import { openMessage } from './sealed-message.js';

/** Opens a sealed message and hands it to its carrier: the one place where it is clear. */
@Injectable()
export class HandOver {
  constructor(
    private readonly sender: NotificationSender,
    private readonly keys: KeyStore,
  ) {}

  /** @throws DeliveryFailed where the carrier does not take it. */
  async send(notification: TakenNotification): Promise<CarrierReceipt> {
    const { id, channel, template, expires_at: expiresAt } = notification;
    const message = openMessage(this.keys, id, notification);
    return this.sender.send({ id, channel, template, expiresAt, ...message });
  }
}
