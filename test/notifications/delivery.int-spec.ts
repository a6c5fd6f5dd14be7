import { createServer, type Server, type ServerResponse } from 'node:http';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { AuditedTransaction, committed } from '../../src/ledger/index.js';
import {
  NotificationRelay,
  Notifications,
  type Undeliverable,
  UndeliverableMessages,
} from '../../src/notifications/index.js';
import { notificationSent } from '../../src/notifications/notifications.events.js';
import { signReport } from '../../src/notifications/report-signature.js';
import { Secret, serviceActor } from '../../src/platform/index.js';
import { People } from '../identity/people.js';

// Two instances with a carrier of text messages that is a real server in this process.

const authToken = 'carrier-secret';
const publicUrl = 'https://bank.example';
const actor = serviceActor('spec', '00000000-0000-4000-8000-000000000001');
const event = notificationSent({
  detail: { channel: 'sms', template: 't', purpose: 'p', attempts: 0 },
});
const template = 'spec-with-another-way';

describe('The delivery of a text message', () => {
  let people: People;
  let carrier: Server;
  /** How the carrier answers; a `sid` for each message it takes. */
  let answer: (response: ServerResponse, sid: string) => void;
  let taken: string[];
  let asked: Undeliverable[];
  let hasAnotherWay: boolean;

  const takes = (response: ServerResponse, sid: string): void => {
    taken.push(sid);
    response.writeHead(201).end(JSON.stringify({ sid }));
  };
  const fails = (response: ServerResponse): void => void response.writeHead(503).end();
  const refuses = (response: ServerResponse): void => void response.writeHead(400).end();

  beforeAll(async () => {
    let messages = 0;
    carrier = createServer((request, response) => {
      messages += 1;
      request.resume().on('end', () => answer(response, `SM${String(messages)}`));
    });
    await new Promise<void>((done) => carrier.listen(0, '127.0.0.1', done));
    const { port } = carrier.address() as { port: number };
    people = await People.open({
      instances: 2,
      env: {
        SMS_API_URL: `http://127.0.0.1:${String(port)}`,
        SMS_ACCOUNT: 'AC1',
        SMS_AUTH_TOKEN: authToken,
        SMS_FROM: '+14155550100',
        PUBLIC_URL: publicUrl,
      },
    });
    for (const app of people.apps) {
      app.get(UndeliverableMessages).on(template, (undeliverable) => {
        asked.push(undeliverable);
        return Promise.resolve(hasAnotherWay);
      });
    }
  });
  afterAll(async () => {
    await people.close();
    carrier.closeAllConnections();
    await new Promise((done) => carrier.close(done));
  });
  beforeEach(async () => {
    [answer, taken, asked, hasAnotherWay] = [takes, [], [], false];
    await people.turnPage();
  });
  afterEach(async () => {
    await people.database.query(
      `UPDATE notifications SET state = 'expired', destination = NULL, text = NULL WHERE state = 'queued'`,
    );
    await people.database.query('DELETE FROM carrier_outages');
  });

  const enqueue = (
    change: Partial<Parameters<Notifications['enqueue']>[1]> = {},
  ): Promise<{ id: string }> =>
    people.app.get(AuditedTransaction).run(actor, async (tx) => {
      const id = await people.app.get(Notifications).enqueue(tx, {
        channel: 'sms',
        destination: '+14155550134',
        template,
        text: 'Something happened.',
        purpose: 'fraud',
        ...change,
      });
      return committed({ id }, event);
    });
  const row = async (id: string): Promise<Record<string, unknown>> =>
    (await people.database.query('SELECT * FROM notifications WHERE id = $1', [id]))[0]!;
  const relay = (): Promise<number[]> =>
    Promise.all(people.apps.map((app) => app.get(NotificationRelay).deliverDue()));
  const advance = async (seconds: number): Promise<void> => {
    people.clock.advance(seconds * 1000);
    await relay();
  };
  const inSeconds = (seconds: number): Date =>
    new Date(people.clock.now().getTime() + seconds * 1000);

  /** Sends one message, and answers its id once the carrier has taken it. */
  async function send(): Promise<string> {
    const { id } = await enqueue();
    await relay();
    expect(await row(id)).toMatchObject({ state: 'sent', carrier_reference: taken.at(-1) });
    return id;
  }

  async function report(
    id: string,
    form: Record<string, string>,
    change: { signature?: string; instance?: number; url?: string; type?: string } = {},
  ): Promise<Response> {
    const address = (await people.app.getUrl()).replace('[::1]', '127.0.0.1');
    const other = (await people.apps[1]!.getUrl()).replace('[::1]', '127.0.0.1');
    const path = `/v1/delivery-reports/${id}`;
    const signed = signReport(new Secret(authToken), { url: change.url ?? publicUrl + path, form });
    return fetch((change.instance === 1 ? other : address) + path, {
      method: 'POST',
      headers: {
        'content-type': change.type ?? 'application/x-www-form-urlencoded',
        'x-twilio-signature': change.signature ?? signed,
      },
      body: new URLSearchParams(form).toString(),
    });
  }
  const formOf = (sid: string, status: string, more: object = {}): Record<string, string> => ({
    AccountSid: 'AC1',
    MessageSid: sid,
    MessageStatus: status,
    To: '+14155550134',
    From: '+14155550100',
    ...more,
  });

  describe('by its carrier’s report', () => {
    it('shows that it arrived, once, however often and wherever that is reported', async () => {
      const id = await send();
      const form = formOf(taken[0]!, 'delivered');
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, turn) => report(id, form, { instance: turn % 2 })),
      );

      expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(204));
      expect(await row(id)).toMatchObject({ state: 'delivered', failure: null });
      expect(await people.events('notification.delivered')).toHaveLength(1);
      // Too late: what has arrived is not lost any more.
      expect((await report(id, formOf(taken[0]!, 'undelivered'))).status).toBe(204);
      expect(await row(id)).toMatchObject({ state: 'delivered' });
    });

    it('shows that it was lost, and why, and asks for another way', async () => {
      const id = await send();
      const form = formOf(taken[0]!, 'undelivered', { ErrorCode: '30003' });
      for (let times = 0; times < 2; times += 1) expect((await report(id, form)).status).toBe(204);

      expect(await row(id)).toMatchObject({ state: 'failed', failure: 'not_delivered_30003' });
      expect(asked).toMatchObject([{ notificationId: id, reason: 'not_delivered_30003' }]);
      expect(await people.events('notification.failed')).toHaveLength(1);
    });

    it('stays as it is at any step on the way, and at the loss of an earlier hand-over', async () => {
      const id = await send();
      const forms = ['queued', 'accepted', 'sending', 'sent', 'read'].map((status) =>
        formOf(taken[0]!, status),
      );
      for (const form of [...forms, formOf('SM-earlier', 'failed')])
        expect((await report(id, form)).status).toBe(204);

      expect(await row(id)).toMatchObject({ state: 'sent' });
      expect(await people.events('notification.')).toHaveLength(2);
    });

    it('answers a report of no message as one of a message', async () => {
      const form = formOf('SM0', 'delivered');
      const { status } = await report('01939f00-0000-7000-8000-00000000dead', form);

      expect(status).toBe(204);
      expect(await people.events('notification.')).toEqual([]);
    });

    it.each([
      ['without a signature', { signature: '' }],
      ['with another signature', { signature: 'RSOYDt4T1cUTdK1PDd93/VVr8B8=' }],
      ['signed for another message', { url: `${publicUrl}/v1/delivery-reports/other` }],
      ['signed for another host', { url: 'https://evil.example/v1/delivery-reports/x' }],
    ])('does not change by a report %s, whether the message exists or not', async (_, change) => {
      const id = await send();
      const form = formOf(taken[0]!, 'undelivered');
      const answers = [
        await report(id, form, change),
        await report('01939f00-0000-7000-8000-00000000dead', form, change),
      ];
      const bodies = await Promise.all(
        answers.map(async (answered) => (await answered.json()) as Record<string, unknown>),
      );

      for (const body of bodies)
        expect(body).toMatchObject({ status: 403, code: 'delivery_report.not_signed' });
      expect(await row(id)).toMatchObject({ state: 'sent' });
    });

    it('is told in a form and nothing else, each name once', async () => {
      const form = formOf('SM0', 'delivered');
      expect((await report('x', form, { type: 'application/json' })).status).toBe(415);
      expect((await report('x', form, { type: 'text/plain' })).status).toBe(415);
      const twice = await people.call('POST', '/v1/challenges', {
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
      expect(twice.status).toBe(415);
    });
  });

  describe('that its carrier refuses', () => {
    it('has failed at once, another way or not', async () => {
      answer = refuses;
      const { id } = await enqueue();
      await relay();

      expect(await row(id)).toMatchObject({
        state: 'failed',
        attempts: 1,
        failure: 'message_refused',
        destination: null,
        text: null,
      });
      expect(asked).toHaveLength(1);
      expect(await people.database.query('SELECT * FROM carrier_outages')).toEqual([]);
    });
  });

  describe('by a carrier with faults', () => {
    it('is tried three times before another way is asked for, and goes on without one', async () => {
      answer = fails;
      const { id } = await enqueue();
      await relay();
      await advance(2);
      expect(asked).toEqual([]);
      await advance(3);
      expect(asked).toMatchObject([{ reason: 'carrier_fault' }]);
      expect(await row(id)).toMatchObject({ state: 'queued', attempts: 3 });
      answer = takes;
      await advance(5);
      expect(await row(id)).toMatchObject({ state: 'sent', attempts: 4 });
    });

    it('ends where another way was found', async () => {
      [answer, hasAnotherWay] = [fails, true];
      const { id } = await enqueue();
      await relay();
      await advance(2);
      await advance(3);

      expect(await row(id)).toMatchObject({
        state: 'failed',
        failure: 'carrier_fault',
        text: null,
      });
    });

    it('is never handed over after its end, nor kept for a moment beyond it', async () => {
      answer = fails;
      const { id } = await enqueue({ expiresAt: inSeconds(2.5) });
      await relay();
      await advance(1.5);
      // The next attempt would come after the end.
      expect(await row(id)).toMatchObject({ state: 'failed', attempts: 2 });
      const { id: late } = await enqueue({ expiresAt: inSeconds(-1) });
      answer = takes;
      await relay();
      expect(await row(late)).toMatchObject({ state: 'expired' });
      expect(taken).toEqual([]);
    });
  });

  describe('while its carrier is out', () => {
    beforeEach(async () => {
      answer = fails;
      await Promise.all(Array.from({ length: 8 }, () => enqueue()));
      await relay();
    });

    it('waits: one event says so, and one message probes', async () => {
      const failing = await people.events('notification.carrier_failing');
      expect(failing).toHaveLength(1);
      expect(failing[0]!.event).toMatchObject({
        outcome: 'failed',
        detail: { carrier: 'sms', reason: 'carrier_fault' },
      });
      const attempts = async (): Promise<number> =>
        Number(
          (
            await people.database.query<{ sum: string }>('SELECT sum(attempts) FROM notifications')
          )[0]!.sum,
        );
      const before = await attempts();
      await advance(11);
      expect(await attempts()).toBe(before + 1);
    });

    it('is told of in advance, and by readiness and figures, without taking processes out', async () => {
      expect(await people.app.get(Notifications).obstacleTo('sms')).toMatchObject({
        code: 'carrier_outage',
      });
      expect(await people.app.get(Notifications).obstacleTo('email')).toBeNull();
      const ready = await people.get('/health/ready');
      expect([ready.status, ready.body.degraded]).toEqual([200, ['carrier-sms']]);
      const metrics = await (await fetch(`${await people.app.getUrl()}/metrics`)).text();
      expect(metrics).toContain('notification_carrier_sms_out 1');
      expect(metrics).toContain('notification_carrier_mail_out 0');
    });

    it('takes another way at once where there is one', async () => {
      hasAnotherWay = true;
      const { id } = await enqueue();
      await relay();

      expect(await row(id)).toMatchObject({ state: 'failed', failure: 'carrier_outage' });
    });

    it('goes out once the carrier is back, and that is said once', async () => {
      answer = takes;
      await advance(11);
      await advance(11);
      await advance(120);

      expect(taken).toHaveLength(8);
      expect(await people.events('notification.carrier_recovered')).toHaveLength(1);
      expect(await people.app.get(Notifications).obstacleTo('sms')).toBeNull();
    });
  });
});
