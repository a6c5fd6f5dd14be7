import { Injectable, Logger } from '@nestjs/common';

import { Clock, Config } from '../../platform/index.js';
import { Policies } from '../../policy/index.js';
import { DevOutbox } from '../dev-outbox.js';
import type { Carrier } from '../notification.js';
import { type NotificationSender, UnconfiguredSender } from '../notification-sender.port.js';
import { SmsSender } from './sms-sender.js';
import { SmtpSender } from './smtp-sender.js';

const reportPath = '/v1/delivery-reports';

/** The carriers that the configuration names; where it names none, the outbox of development or nobody. */
@Injectable()
export class ConfiguredCarriers {
  readonly senders: Readonly<Record<Carrier, NotificationSender>>;
  readonly #logger = new Logger('Carriers');

  constructor(
    private readonly config: Config,
    private readonly clock: Clock,
    private readonly policies: Policies,
    private readonly outbox: DevOutbox,
  ) {
    this.senders = { sms: this.#sms(), mail: this.#mail() };
  }

  has(carrier: Carrier): boolean {
    return !(this.senders[carrier] instanceof UnconfiguredSender);
  }

  /** Where the carrier reports what became of a message; null where it cannot reach us. */
  reportUrlOf(notificationId: string): string | null {
    const { publicUrl } = this.config.delivery;
    return publicUrl === null ? null : `${publicUrl}${reportPath}/${notificationId}`;
  }

  #sms(): NotificationSender {
    const { sms, publicUrl } = this.config.delivery;
    if (!sms) return this.#inPlaceOf('SMS_API_URL', 'text messages are not sent');
    if (publicUrl === null) {
      this.#logger.warn('PUBLIC_URL is not set: nobody reports whether text messages arrive');
    }
    return new SmsSender({
      ...sms,
      clock: this.clock,
      reportUrlOf: (notificationId) => this.reportUrlOf(notificationId),
    });
  }

  #mail(): NotificationSender {
    const { mail } = this.config.delivery;
    if (!mail) return this.#inPlaceOf('SMTP_URL', 'mail is not sent');
    return new SmtpSender({
      ...mail,
      subjectOf: (template) => this.policies.mailSubject(template),
    });
  }

  #inPlaceOf(setting: string, consequence: string): NotificationSender {
    if (this.config.devRoutes) return this.outbox;
    this.#logger.warn(`${setting} is not set: ${consequence}`);
    return new UnconfiguredSender();
  }
}
