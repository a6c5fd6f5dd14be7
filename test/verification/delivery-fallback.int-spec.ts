import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import {
  type CarrierReceipt,
  type Delivery,
  DeliveryFailed,
  NotificationSender,
  UndeliverableMessages,
} from '../../src/notifications/index.js';
import type { ChallengeId } from '../../src/platform/index.js';
import { People } from '../identity/people.js';
import { guestOf, VerifiedPerson } from './verified-person.js';

describe('A code that does not arrive', () => {
  let people: People;
  let jane: VerifiedPerson;
  let restore: () => void = () => undefined;

  beforeAll(async () => {
    people = await People.open({ instances: 2 });
  });
  afterAll(() => people.close());
  beforeEach(async () => {
    jane = await VerifiedPerson.open(people);
    await people.turnPage();
  });
  afterEach(() => restore());

  /** From now on the carriers of all instances refuse such messages for good. */
  function refuse(channel: Delivery['channel']): void {
    const senders = people.apps.map((app) => app.get(NotificationSender));
    const sends = senders.map((sender) => sender.send.bind(sender));
    senders.forEach((sender, index) => {
      sender.send = (delivery): Promise<CarrierReceipt> =>
        delivery.channel === channel
          ? Promise.reject(new DeliveryFailed('message_refused', { kind: 'permanent' }))
          : sends[index]!(delivery);
    });
    restore = () => senders.forEach((sender, index) => (sender.send = sends[index]!));
  }

  const challenge = async (id: string): Promise<Record<string, unknown>> =>
    (await people.database.query('SELECT * FROM challenges WHERE id = $1', [id]))[0]!;
  const notifications = (id: string): Promise<{ id: string; channel: string; state: string }[]> =>
    people.database.query(
      'SELECT id, channel, state FROM notifications WHERE challenge_id = $1 ORDER BY id',
      [id],
    );
  /** What a relay or a carrier's report says of a message, once more. */
  const lost = (challengeId: string, notificationId: string): Promise<boolean> =>
    people.app.get(UndeliverableMessages).findAnotherWay('one-time-code', {
      notificationId,
      challengeId: challengeId as ChallengeId,
      channel: 'sms',
      purpose: 'balance-inquiry',
      subjectRef: null,
      reason: 'not_delivered',
    });

  describe('is told of to its owner', () => {
    const delivery = (id: string, token = jane.token) =>
      people.call('GET', `/v1/challenges/${id}/delivery`, { token });

    it('as sent once a carrier took it, as failed where none would', async () => {
      const { body: sent } = await jane.ask();
      await people.newestCode(jane.customer.phone);
      expect(await delivery(sent.id as string)).toMatchObject({
        status: 200,
        body: { state: 'sent', receipt: expect.any(Object) },
      });
      expect((await people.events('verification.delivery_shown')).at(-1)?.event).toMatchObject({
        outcome: 'success',
        resource: { kind: 'challenge', id: sent.id },
        detail: { method: 'sms', state: 'sent' },
      });

      refuse('sms');
      const { body: lost } = await jane.ask({ purpose: 'statement' });
      await people.outbox(jane.customer.phone);
      expect((await delivery(lost.id as string)).body).toMatchObject({ state: 'failed' });
    });

    it('and to nobody else: not to another customer, nor to a guest, who could tell from it who exists', async () => {
      const { body } = await jane.ask();
      const other = await VerifiedPerson.open(people);
      expect((await delivery(body.id as string, other.token)).status).toBe(404);
      expect((await people.events('verification.challenge_refused')).at(-1)?.event).toMatchObject({
        outcome: 'refused',
        detail: { step: 'delivery', reason: 'not_own' },
      });
      expect((await delivery(body.id as string, await guestOf(people))).status).toBe(401);
    });

    it('and, in the same words, to staff who help with codes, for a purpose and on the record', async () => {
      const { body } = await jane.ask();
      await people.newestCode(jane.customer.phone);
      const path = `/v1/challenges/${body.id as string}/delivery`;
      const staff = async (name: string) => (await people.signInStaff(name)).body.accessToken;
      const asked = async (token: string, purpose?: string) => {
        const headers = purpose === undefined ? {} : { 'probity-purpose': purpose };
        const reply = await people.call('GET', path, { token, headers });
        return [reply.status, reply.body.code ?? reply.body.state];
      };
      const agent = await staff('agent');
      expect(await asked(agent)).toEqual([400, 'purpose.missing']);
      expect(await asked(agent, 'case-work')).toEqual([200, 'sent']);
      const [shown] = await people.events('verification.delivery_shown');
      expect(shown!.event).toMatchObject({
        actor: { kind: 'staff' },
        purpose: 'case-work',
        subject: expect.any(String),
        resource: { kind: 'challenge', id: body.id },
        policy: { rule: 'challenge.delivery-support.staff' },
      });
      expect(await asked(await staff('finance'), 'case-work')).toEqual([403, 'authority.denied']);
      expect((await people.events('verification.challenge_refused')).at(-1)!.event).toMatchObject({
        actor: { kind: 'staff' },
        detail: { step: 'delivery', reason: 'denied' },
      });
      const unknown = '/v1/challenges/01939f00-0000-7000-8000-00000000dead/delivery';
      const headers = { 'probity-purpose': 'case-work' };
      expect((await people.call('GET', unknown, { token: agent, headers })).status).toBe(404);
    });

    it('where there is a message at all', async () => {
      await jane.withTotp();
      people.clock.advance(60_000);
      const { body } = await jane.ask({ method: 'totp' });
      expect((await delivery(body.id as string)).body).toMatchObject({
        code: 'challenge.not_sent',
      });
    });
  });

  it('leaves its challenge to the authenticator that the customer has enrolled', async () => {
    const { secret } = await jane.withTotp();
    people.clock.advance(60_000);
    await people.turnPage();
    refuse('sms');
    const { body } = await jane.ask();
    await people.outbox(jane.customer.phone);

    expect(await challenge(body.id)).toMatchObject({ method: 'totp', state: 'open' });
    expect((await people.events('verification.challenge_fell_back'))[0]!.event).toMatchObject({
      detail: { from: 'sms', method: 'totp', reason: 'message_refused' },
    });
    const verified = await jane.attempt(body.id, await people.totp(secret));
    expect(verified).toMatchObject({ status: 200, body: { acr: 'aal2' } });
  });

  it('falls back once, however often and at the same time it is reported lost', async () => {
    await jane.withTotp();
    const { body } = await jane.ask();
    const [message] = await notifications(body.id);
    const found = await Promise.all(Array.from({ length: 10 }, () => lost(body.id, message!.id)));

    expect(found.filter(Boolean)).toHaveLength(1);
    expect(await people.events('verification.challenge_fell_back')).toHaveLength(1);
  });

  it('voids the code that was sent, and refills no attempts', async () => {
    await jane.withTotp();
    const { body } = await jane.ask();
    const code = await people.newestCode(jane.customer.phone);
    for (let times = 0; times < 4; times += 1) await jane.attempt(body.id, 'wrong');
    expect(await lost(body.id, (await notifications(body.id))[0]!.id)).toBe(true);

    expect((await jane.attempt(body.id, code)).status).toBe(401);
    const events = await people.events('verification.challenge_failed');
    expect(events.map(({ event }) => event.detail.attempt as number)).toEqual([1, 2, 3, 4, 5]);
  });

  it('goes by no way that proves less: mail does not take the place of a phone', async () => {
    refuse('sms');
    const { body } = await jane.ask();

    expect(await people.outbox(jane.customer.email)).toEqual([]);
    expect(await challenge(body.id)).toMatchObject({ method: 'sms', state: 'open' });
    expect(await notifications(body.id)).toMatchObject([{ channel: 'sms', state: 'failed' }]);
  });

  it('shows no guest that the number they claim is somebody’s: their challenge stays as it is', async () => {
    refuse('sms');
    const token = await guestOf(people);
    const { customerNumber, phone } = jane.customer;
    const claim = { method: 'sms', purpose: 'fraud', customerNumber };
    const { body } = await people.post('/v1/challenges', claim, token);
    await people.outbox(phone);

    expect(await notifications(body.id)).toMatchObject([{ channel: 'sms', state: 'failed' }]);
    expect(await challenge(body.id)).toMatchObject({ method: 'sms', state: 'open' });
    expect((await people.post('/v1/challenges', claim, token)).body.id).toBe(body.id);
  });

  it('goes by text message where mail failed, as a fresh code', async () => {
    refuse('email');
    const { body } = await jane.ask({ method: 'email', purpose: 'account-access' });
    await people.outbox(jane.customer.phone);

    expect(await challenge(body.id)).toMatchObject({ method: 'sms' });
    const code = await people.newestCode(jane.customer.phone);
    expect((await jane.attempt(body.id, code)).status).toBe(200);
  });

  it('keeps a fresh code good when an old one is reported lost', async () => {
    await jane.withTotp();
    people.clock.advance(400_000);
    const { token } = await jane.again();
    jane.token = token;
    const { body } = await jane.ask();
    await people.outbox(jane.customer.phone);
    people.clock.advance(61_000);
    await people.call('POST', `/v1/challenges/${String(body.id)}/resend`, { token: jane.token });
    const code = await people.newestCode(jane.customer.phone);
    const [old] = await notifications(body.id);

    expect(await lost(body.id, old!.id)).toBe(false);
    expect((await jane.attempt(body.id, code)).status).toBe(200);
  });

  it('stays where it is once the challenge has ended', async () => {
    await jane.withTotp();
    const { body } = await jane.ask();
    const code = await people.newestCode(jane.customer.phone);
    expect((await jane.attempt(body.id, code)).status).toBe(200);

    expect(await lost(body.id, (await notifications(body.id))[0]!.id)).toBe(false);
  });

  it('is not asked of a carrier that is out: the answer says so, and when to return', async () => {
    const { body } = await jane.ask();
    const code = await people.newestCode(jane.customer.phone);
    await people.database.query(
      `INSERT INTO carrier_outages VALUES ('sms', 5, $1, $1::timestamptz + interval '10 s')`,
      [people.clock.now()],
    );
    people.clock.advance(1000);
    const other = await VerifiedPerson.open(people);
    const replies = [await other.ask(), await other.ask({ purpose: 'statement' })];
    await people.database.query('DELETE FROM carrier_outages');

    for (const reply of replies) {
      expect(reply).toMatchObject({
        status: 503,
        body: { code: 'challenge.delivery_unavailable' },
      });
      expect(reply.headers.get('retry-after')).toBe('9');
    }
    expect((await people.events('verification.challenge_refused')).at(-1)).toMatchObject({
      event: { detail: { step: 'create', reason: 'carrier' } },
    });
    // What was sent before stays good.
    expect((await jane.attempt(body.id, code)).status).toBe(200);
  });
});
