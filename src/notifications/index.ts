/**
 * Tells people: codes to customers, alarms to teams. Owns the queue of what is to be told and the
 * record of what became of it. Promises that nothing is told of a transaction that rolled back, that
 * destination and text lie sealed and are erased at delivery or expiry, and that each end is an audit
 * event. It writes no texts and decides nothing.
 */
export { DevOutbox, type OutboxItem } from './dev-outbox.js';
export {
  notificationChannels,
  type NotificationChannel,
  type NotificationRequest,
} from './notification.js';
export {
  type CarrierReceipt,
  type Delivery,
  DeliveryFailed,
  NotificationSender,
} from './notification-sender.port.js';
export { type DeliveryObstacle, type DeliveryState, Notifications } from './notifications.js';
export { TeamMessages } from './team-messages.js';
export { NotificationsModule } from './notifications.module.js';
export { NotificationRelay } from './relay.js';
export { type FindAnotherWay, type Undeliverable, UndeliverableMessages } from './undeliverable.js';
