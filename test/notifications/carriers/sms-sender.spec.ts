import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

import { afterEach, describe, expect, it } from '@jest/globals';

import { SmsSender } from '../../../src/notifications/carriers/sms-sender.js';
import { type Delivery, DeliveryFailed } from '../../../src/notifications/index.js';
import { Secret, SimulatedClock } from '../../../src/platform/index.js';

// A real HTTP server for each test, on a loopback port of its own.

const clock = new SimulatedClock();
const id = '01939f00-0000-7000-8000-000000000001';
const servers: Server[] = [];

interface Received {
  readonly method: string;
  readonly path: string;
  readonly type: string;
  readonly authorization: string;
  readonly form: Readonly<Record<string, string>>;
}
const received: Received[] = [];

afterEach(async () => {
  received.length = 0;
  await Promise.all(
    servers.splice(0).map((server) => {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    }),
  );
});

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** Starts a carrier that answers so; answers a sender of ours for it. */
async function senderTo(
  answer: Answer,
  change: Partial<ConstructorParameters<typeof SmsSender>[0]> = {},
): Promise<SmsSender> {
  const port = await serve(answer);
  return new SmsSender({
    apiUrl: `http://127.0.0.1:${String(port)}/2010-04-01`,
    account: 'AC123',
    authToken: new Secret('token:with:colons'),
    from: '+14155550100',
    clock,
    reportUrlOf: (notification) => `https://bank.example/v1/delivery-reports/${notification}`,
    ...change,
  });
}

async function serve(answer: Answer): Promise<number> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({
        method: request.method ?? '',
        path: request.url ?? '',
        type: request.headers['content-type'] ?? '',
        authorization: request.headers.authorization ?? '',
        form: Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString('utf8'))),
      });
      answer(response, request);
    });
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as { port: number }).port;
}

const status =
  (code: number, body: unknown = {}, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(code, headers).end(JSON.stringify(body));
const taken = status(201, { sid: 'SM0123456789', status: 'queued' });

const delivery = (change: Partial<Delivery> = {}): Delivery => ({
  id,
  channel: 'sms',
  template: 'one-time-code',
  destination: new Secret('+14155550134'),
  text: new Secret('Probity: 123456 & é €\n\n@probity.example #123456'),
  expiresAt: new Date(clock.now().getTime() + 290_500),
  ...change,
});

async function failureOf(sending: Promise<unknown>): Promise<DeliveryFailed> {
  const failure = await sending.catch((error: unknown) => error);
  if (!(failure instanceof DeliveryFailed)) throw new Error('It did not fail as deliveries do');
  return failure;
}

describe('SmsSender', () => {
  it('posts the form of the Messages API, and keeps what the carrier calls the message', async () => {
    const receipt = await (await senderTo(taken)).send(delivery());

    expect(receipt).toEqual({ reference: 'SM0123456789' });
    expect(received).toEqual([
      {
        method: 'POST',
        path: '/2010-04-01/Accounts/AC123/Messages.json',
        type: 'application/x-www-form-urlencoded;charset=UTF-8',
        authorization: `Basic ${Buffer.from('AC123:token:with:colons').toString('base64')}`,
        form: {
          From: '+14155550100',
          To: '+14155550134',
          Body: 'Probity: 123456 & é €\n\n@probity.example #123456',
          ValidityPeriod: '290',
          StatusCallback: `https://bank.example/v1/delivery-reports/${id}`,
        },
      },
    ]);
  });

  it('asks for no report where nobody could reach us', async () => {
    await (await senderTo(taken, { reportUrlOf: () => null })).send(delivery());

    expect(received[0]!.form).not.toHaveProperty('StatusCallback');
  });

  it.each([
    [400, 'message_refused', 'permanent'],
    [404, 'carrier_fault', 'outage'],
    [401, 'carrier_authentication', 'outage'],
    [403, 'carrier_authentication', 'outage'],
    [408, 'carrier_fault', 'outage'],
    [429, 'carrier_busy', 'temporary'],
    [500, 'carrier_fault', 'outage'],
    [503, 'carrier_fault', 'outage'],
  ])('answers %d with %s, which is %s', async (code, expected, kind) => {
    const body = { code: 21211, message: 'The number +14155550134 is not valid' };
    const failure = await failureOf((await senderTo(status(code, body))).send(delivery()));

    expect(failure).toMatchObject({ code: expected, kind, message: expected });
  });

  it('waits as long as a busy carrier asks, within reason', async () => {
    const waits = ['7', '86400', 'Wed, 21 Oct 2026 07:28:00 GMT', '-5'].map(async (asked) => {
      const sender = await senderTo(status(429, {}, { 'retry-after': asked }));
      return (await failureOf(sender.send(delivery()))).retryAfterSeconds;
    });

    expect(await Promise.all(waits)).toEqual([7, 300, 0, 0]);
  });

  it.each([301, 302, 303, 307, 308])(
    'follows no redirect (%d): the account and its secret stay',
    async (code) => {
      const elsewhere = await serve(taken);
      const location = `http://127.0.0.1:${String(elsewhere)}/stolen`;
      const sender = await senderTo(status(code, {}, { location }));

      expect(await failureOf(sender.send(delivery()))).toMatchObject({
        code: 'carrier_fault',
        kind: 'outage',
      });
      expect(received.map(({ path }) => path)).not.toContain('/stolen');
    },
  );

  it.each<[string, Answer]>([
    ['does not answer', () => undefined],
    ['stops in the middle', (response) => void response.writeHead(201).write('{"sid":')],
  ])('gives up a carrier that %s', async (_, answer) => {
    const sender = await senderTo(answer, { timeoutMilliseconds: 200 });

    expect(await failureOf(sender.send(delivery()))).toMatchObject({
      code: 'carrier_timeout',
      kind: 'outage',
    });
  });

  it.each<[string, Answer]>([
    ['hangs up', (response) => void response.destroy()],
    ['is not there', (_, request) => void request.socket.destroy()],
  ])('says so where the carrier %s', async (_, answer) => {
    expect(await failureOf((await senderTo(answer)).send(delivery()))).toMatchObject({
      code: 'carrier_unreachable',
      kind: 'outage',
    });
  });

  it('reads no answer without end', async () => {
    const sender = await senderTo((response) => response.writeHead(201).end('x'.repeat(100_000)));

    expect(await failureOf(sender.send(delivery()))).toMatchObject({ code: 'carrier_fault' });
  });

  it.each([{}, { sid: 7 }, { sid: 'SM\r\nX: 1' }, { sid: 'x'.repeat(201) }, []])(
    'takes a message for taken whatever its answer says: %j',
    async (body) => {
      expect(await (await senderTo(status(201, body))).send(delivery())).toEqual({
        reference: null,
      });
    },
  );

  it.each([
    '14155550134',
    '+0155550134',
    '+1415555013x',
    '+1\n4155550134',
    '',
    '+12345678901234567',
  ])('asks no carrier about what is no number: %j', async (number) => {
    const sender = await senderTo(taken);
    const failure = await failureOf(sender.send(delivery({ destination: new Secret(number) })));

    expect(failure).toMatchObject({ code: 'destination_invalid', kind: 'permanent' });
    expect(received).toEqual([]);
  });
});
