import { Module } from '@nestjs/common';

import { Config } from '../platform/index.js';
import { DeliveryRecord } from './delivery-record.js';
import { DevOutboxController } from './dev-outbox.controller.js';
import { DevOutbox } from './dev-outbox.js';
import { NotificationPersonalData } from './notification-personal-data.js';
import { NotificationSender, UnconfiguredSender } from './notification-sender.port.js';
import { Notifications } from './notifications.js';
import { NotificationRelay } from './relay.js';

/** Queues, carries and records what people are told. Where the dev routes show it, an outbox stands for their phones. */
@Module({
  controllers: [DevOutboxController],
  providers: [
    Notifications,
    NotificationRelay,
    DeliveryRecord,
    NotificationPersonalData,
    DevOutbox,
    {
      provide: NotificationSender,
      inject: [Config, DevOutbox],
      useFactory: (config: Config, outbox: DevOutbox): NotificationSender =>
        config.devRoutes ? outbox : new UnconfiguredSender(),
    },
  ],
  exports: [Notifications, NotificationRelay],
})
export class NotificationsModule {}
