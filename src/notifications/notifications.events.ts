import { z } from 'zod';

import { defineEvent } from '../ledger/index.js';

const delivery = z.strictObject({
  channel: z.string(),
  template: z.string(),
  purpose: z.string(),
  attempts: z.int(),
});

export const notificationSent = defineEvent('notification.sent', {
  description: 'A carrier took a message; its text and destination were erased with this.',
  detail: delivery,
});

export const notificationWithheld = defineEvent('notification.withheld', {
  description: 'A message was kept from everybody: it had no recipient. Its text was erased.',
  detail: delivery,
});

export const notificationDelivered = defineEvent('notification.delivered', {
  description: 'The carrier reports, signed, that a message arrived.',
  detail: delivery,
});

export const notificationFailed = defineEvent('notification.failed', {
  description:
    'No carrier took a message, or its carrier reports that it did not arrive; its text and destination were erased.',
  detail: delivery.extend({ reason: z.string() }),
});

export const notificationExpired = defineEvent('notification.expired', {
  description: 'A message was not delivered before its end; its text and destination were erased.',
  detail: delivery.extend({ reason: z.string().nullable() }),
});

export const carrierFailing = defineEvent('notification.carrier_failing', {
  description:
    'A carrier failed time and again and counts as out of service; messages wait for it or take another way.',
  detail: z.strictObject({ carrier: z.string(), faults: z.int(), reason: z.string() }),
});

export const carrierRecovered = defineEvent('notification.carrier_recovered', {
  description: 'A carrier that was out of service took a message again.',
  detail: z.strictObject({ carrier: z.string(), seconds: z.int() }),
});

const codeDelivery = z.strictObject({
  method: z.string(),
  purpose: z.string(),
  attempts: z.int(),
});

export const challengeSent = defineEvent('verification.challenge_sent', {
  description:
    'The message with a one-time code was taken by a carrier. Neither code nor destination is kept.',
  detail: codeDelivery,
});

export const challengeWithheld = defineEvent('verification.challenge_withheld', {
  description:
    'Nobody got the one-time code: nobody has the number that was claimed, or its codes are not evaluated now.',
  detail: codeDelivery,
});

export const teamAlerted = defineEvent('notification.team_alerted', {
  description:
    'Teams of the bank were written to because the watch over the ledger raised an alert.',
  detail: z.strictObject({
    alert: z.string().describe('Type of the event that was raised'),
    teams: z.array(z.string()),
  }),
});
