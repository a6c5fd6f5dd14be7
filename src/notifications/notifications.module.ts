import { Module } from '@nestjs/common';

import { CarrierOutages } from './carrier-outages.js';
import { CarrierWatch } from './carrier-watch.js';
import { ChannelRouter } from './carriers/channel-router.js';
import { ConfiguredCarriers } from './carriers/configured-carriers.js';
import { DeliveryAttempts } from './delivery-attempts.js';
import { DeliveryRecord } from './delivery-record.js';
import { DeliveryReportsController } from './delivery-reports.controller.js';
import { DeliveryReports } from './delivery-reports.js';
import { DevOutboxController } from './dev-outbox.controller.js';
import { DevOutbox } from './dev-outbox.js';
import { HandOver } from './hand-over.js';
import { LedgerAlarm } from './ledger-alarm.js';
import { NotificationPersonalData } from './notification-personal-data.js';
import { NotificationSender } from './notification-sender.port.js';
import { Notifications } from './notifications.js';
import { NotificationRelay } from './relay.js';
import { TeamMessages } from './team-messages.js';
import { UndeliverableMessages } from './undeliverable.js';

/** Queues, carries and records what people are told. */
@Module({
  controllers: [DeliveryReportsController, DevOutboxController],
  providers: [
    Notifications,
    NotificationRelay,
    DeliveryRecord,
    NotificationPersonalData,
    DevOutbox,
    CarrierOutages,
    CarrierWatch,
    ConfiguredCarriers,
    DeliveryAttempts,
    DeliveryReports,
    HandOver,
    LedgerAlarm,
    TeamMessages,
    UndeliverableMessages,
    {
      provide: NotificationSender,
      inject: [ConfiguredCarriers],
      useFactory: ({ senders }: ConfiguredCarriers): NotificationSender =>
        new ChannelRouter(senders),
    },
  ],
  exports: [Notifications, TeamMessages, NotificationRelay, UndeliverableMessages],
})
export class NotificationsModule {}
