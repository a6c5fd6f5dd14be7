import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { AuditedTransaction, committed } from '../../src/ledger/index.js';
import {
  DeliveryFailed,
  NotificationRelay,
  Notifications,
  NotificationSender,
} from '../../src/notifications/index.js';
import { notificationSent } from '../../src/notifications/notifications.events.js';
import { type ChallengeId, serviceActor } from '../../src/platform/index.js';
import { People } from '../identity/people.js';

const actor = serviceActor('spec', '00000000-0000-4000-8000-000000000001');
const event = notificationSent({
  detail: { channel: 'sms', template: 't', purpose: 'p', attempts: 0 },
});

describe('NotificationRelay', () => {
  let people: People;
  let phone: string;

  beforeAll(async () => {
    people = await People.open({ instances: 2 });
  });
  afterAll(() => people.close());
  beforeEach(async () => {
    ({ phone } = people.newCustomer());
    await people.turnPage();
  });

  const enqueue = (
    change: Partial<Parameters<Notifications['enqueue']>[1]> = {},
  ): Promise<{ id: string }> =>
    people.app.get(AuditedTransaction).run(actor, async (tx) => {
      const id = await people.app.get(Notifications).enqueue(tx, {
        channel: 'sms',
        destination: phone,
        template: 'spec',
        text: 'Something happened.',
        purpose: 'fraud',
        ...change,
      });
      return committed({ id }, event);
    });
  const row = async (id: string): Promise<Record<string, unknown>> =>
    (await people.database.query('SELECT * FROM notifications WHERE id = $1', [id]))[0]!;
  const deliverDue = (): Promise<number[]> =>
    Promise.all(people.apps.map((app) => app.get(NotificationRelay).deliverDue()));

  /** The carriers of all instances take nothing meanwhile. */
  async function whileCarrierFails(work: () => Promise<void>): Promise<void> {
    const senders = people.apps.map((app) => app.get(NotificationSender));
    const sends = senders.map((sender) => sender.send.bind(sender));
    for (const sender of senders)
      sender.send = () => Promise.reject(new DeliveryFailed('carrier_down'));
    try {
      await work();
    } finally {
      senders.forEach((sender, index) => (sender.send = sends[index]!));
    }
  }

  it('delivers once, erases the message, and says so in the ledger', async () => {
    const { id } = await enqueue();
    const [message] = await people.outbox(phone);
    expect(message).toMatchObject({
      channel: 'sms',
      destination: phone,
      text: 'Something happened.',
    });
    expect(await row(id)).toMatchObject({ state: 'sent', destination: null, text: null });
    expect((await people.events('notification.sent')).at(-1)!.event.detail).toMatchObject({
      attempts: 1,
    });
    expect(await people.outbox(phone)).toHaveLength(1);
  });

  it('keeps destination and text sealed while they wait', async () => {
    await whileCarrierFails(async () => {
      const { id } = await enqueue();
      await deliverDue();
      const everything = JSON.stringify(await row(id), (_, value: unknown) =>
        Buffer.isBuffer(value) ? value.toString('latin1') : value,
      );
      expect(everything).not.toContain(phone);
      expect(everything).not.toContain('Something happened');
    });
  });

  it('takes each message once, however many relays run', async () => {
    await Promise.all(Array.from({ length: 30 }, () => enqueue()));
    await people.outbox(phone);
    expect(await people.outbox(phone)).toHaveLength(30);
    expect(await people.events('notification.sent')).toHaveLength(60);
  });

  it('tells nobody of a transaction that rolled back', async () => {
    await expect(
      people.app.get(AuditedTransaction).run(actor, async (tx) => {
        await people.app.get(Notifications).enqueue(tx, {
          channel: 'sms',
          destination: phone,
          template: 'spec',
          text: 'Never.',
          purpose: 'fraud',
        });
        throw new Error('later');
      }),
    ).rejects.toThrow('later');
    expect(await people.outbox(phone)).toHaveLength(0);
  });

  it('takes what has no recipient like the rest, tells nobody, and keeps nothing of it', async () => {
    const { id } = await enqueue({ destination: null });
    expect(await row(id)).toMatchObject({ state: 'queued' });
    await deliverDue();
    expect(await row(id)).toMatchObject({ state: 'withheld', destination: null, text: null });
    expect(await people.events('notification.withheld')).toHaveLength(1);
    const { body } = await people.get('/dev/outbox?destination=nobody');
    expect(body.items).toEqual([]);
  });

  it('tries again after a failure, later each time, and fails for good after eight', async () => {
    await whileCarrierFails(async () => {
      const { id } = await enqueue();
      await deliverDue();
      expect(await row(id)).toMatchObject({
        state: 'queued',
        attempts: 1,
        failure: 'carrier_down',
      });
      for (let attempt = 2; attempt <= 8; attempt += 1) {
        people.clock.advance(10 * 60_000);
        await deliverDue();
      }
      expect(await row(id)).toMatchObject({
        state: 'failed',
        attempts: 8,
        destination: null,
        text: null,
      });
      expect((await people.events('notification.failed'))[0]).toMatchObject({ outcome: 'failed' });
    });
  });

  it('delivers after a failure', async () => {
    await whileCarrierFails(async () => {
      await enqueue();
      await deliverDue();
    });
    people.clock.advance(2_000);
    expect(await people.outbox(phone)).toHaveLength(1);
  });

  it('drops what is no longer worth telling, erased and said', async () => {
    await whileCarrierFails(async () => {
      const { id } = await enqueue({ expiresAt: new Date(people.clock.now().getTime() + 60_000) });
      await deliverDue();
      people.clock.advance(61_000);
      await deliverDue();
      expect(await row(id)).toMatchObject({ state: 'expired', destination: null, text: null });
      expect(await people.events('notification.expired')).toHaveLength(1);
    });
  });

  it('takes over what a relay left behind when it died', async () => {
    const { id } = await enqueue();
    await people.database.query(
      `UPDATE notifications SET next_attempt_at = next_attempt_at + interval '30 s' WHERE id = $1 AND state = 'queued'`,
      [id],
    );
    people.clock.advance(31_000);
    expect(await people.outbox(phone)).toHaveLength(1);
  });

  it('does not deliver what was replaced', async () => {
    const challengeId = '00000000-0000-4000-8000-00000000000c' as ChallengeId;
    const { id } = await people.app.get(AuditedTransaction).run(actor, async (tx) => {
      const notifications = people.app.get(Notifications);
      const made = await notifications.enqueue(tx, {
        channel: 'sms',
        destination: phone,
        template: 'spec',
        text: 'Old.',
        purpose: 'fraud',
        challengeId,
      });
      await notifications.replaceQueued(tx, challengeId);
      return committed({ id: made }, event);
    });
    expect(await people.outbox(phone)).toHaveLength(0);
    expect(await row(id)).toMatchObject({ state: 'replaced', destination: null, text: null });
  });
});
