import { carrierOf, type Carrier } from '../notification.js';
import {
  type CarrierReceipt,
  type Delivery,
  NotificationSender,
  type WithheldDelivery,
} from '../notification-sender.port.js';

/** Takes each message to the carrier of its channel. */
export class ChannelRouter extends NotificationSender {
  constructor(private readonly senders: Readonly<Record<Carrier, NotificationSender>>) {
    super();
  }

  override send(delivery: Delivery): Promise<CarrierReceipt> {
    return this.senders[carrierOf[delivery.channel]].send(delivery);
  }

  override withhold(withheld: WithheldDelivery): Promise<void> {
    return this.senders[carrierOf[withheld.channel]].withhold(withheld);
  }
}
