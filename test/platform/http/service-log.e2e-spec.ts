import { connect } from 'node:net';

import { type Door, openDoor } from './door.js';

/** What must never be printed, each in a form of its own. */
const canaries = {
  card: '4000000000081234',
  spacedCard: '4000 0000 0008 1234',
  verificationValue: '739',
  socialSecurityNumber: '219-09-9998',
  token: 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl',
  key: 'canary-key-5d1f',
};
const everything = Object.values(canaries).join(' ');

let door: Door;

beforeAll(async () => {
  door = await openDoor();
});

afterAll(async () => {
  await door.close();
});

const lines = (): Record<string, unknown>[] =>
  door
    .logged()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('the log', () => {
  it('writes one line a request, with the route pattern and ids to follow it by', async () => {
    const id = '0198c0de-0000-7000-8000-00000000000a';
    const reply = await door.http.get(`/v1/things/${id}?`).set('authorization', 'Bearer staff');
    const [line, ...more] = lines().filter(
      ({ requestId }) => requestId === reply.headers['x-request-id'],
    );

    expect(more).toEqual([]);
    expect(line).toMatchObject({
      msg: 'request',
      method: 'GET',
      route: '/v1/things/:id',
      status: 200,
      actorKind: 'staff',
      problem: null,
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
      durationMilliseconds: expect.any(Number),
    });
    expect(JSON.stringify(line)).not.toContain(id);
  });

  it('names the problem of a refused request', async () => {
    const reply = await door.http.get('/v1/nothing');
    const line = lines().find(({ requestId }) => requestId === reply.headers['x-request-id']);

    expect(line).toMatchObject({ route: '(unmatched)', status: 404, problem: 'route.unknown' });
  });

  it('keeps the kind and the place of a fault, not what it was about', async () => {
    const reply = await door.http.get('/v1/things/failures/kind');
    const line = lines().find(
      ({ msg, requestId }) => msg === 'fault' && requestId === reply.headers['x-request-id'],
    );

    expect(line!.error).toMatchObject({
      type: 'Error',
      frames: expect.arrayContaining([expect.stringContaining('door.ts')]),
    });
    expect(JSON.stringify(line)).not.toContain(canaries.card);
  });

  it('takes a client that goes away in the middle of its body for no fault', async () => {
    const faults = (): number => lines().filter(({ msg }) => msg === 'fault').length;
    const before = faults();
    const socket = connect(door.port, '127.0.0.1', () => {
      const head = [
        'POST /v1/things HTTP/1.1',
        'Host: x',
        'Content-Type: application/json',
        'Content-Length: 99',
      ];
      socket.write(`${head.join('\r\n')}\r\n\r\n{"name":`, () =>
        setTimeout(() => socket.resetAndDestroy(), 50),
      );
    });
    await new Promise((resolve) => socket.on('close', resolve));
    const wasAnswered = (): boolean =>
      lines().some(({ method, route }) => method === 'POST' && route === '/v1/things');
    for (let waits = 0; waits < 100 && !wasAnswered(); waits += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }

    expect(lines().filter(({ method }) => method === 'POST')).toEqual([
      expect.objectContaining({ route: '/v1/things', status: 499 }),
    ]);
    expect(faults()).toBe(before);
  });

  it('never holds a canary, whatever door it came through', async () => {
    const body = {
      name: everything,
      count: canaries.card,
      cvv: canaries.verificationValue,
      [everything]: 1,
    };
    const encoded = encodeURIComponent(everything);
    await door.http
      .post('/v1/things')
      .set('authorization', `Bearer ${canaries.token}`)
      .set('cookie', `session=${canaries.token}`)
      .set('idempotency-key', canaries.card)
      .set('user-agent', everything)
      .send(body);
    await door.http
      .post('/v1/things')
      .set('authorization', 'Bearer customer')
      .set('idempotency-key', canaries.key)
      .set('probity-purpose', canaries.card)
      .send(body);
    await door.http
      .post('/v1/things')
      .set('content-type', 'application/json')
      .send(`{"a":"${everything}`);
    await door.http.post('/v1/things').set('content-type', 'text/plain').send(everything);
    await door.http.get(`/v1/things?after=${encoded}&x=${encoded}`);
    await door.http.get(`/v1/${encoded}`);
    await door.http.get(`/v1/things/${encoded}`).set('authorization', 'Bearer staff');
    await door.http
      .get('/v1/things')
      .set('x-request-id', canaries.card)
      .set('traceparent', everything);
    await new Promise<void>((resolve) => {
      const socket = connect(door.port, '127.0.0.1', () =>
        socket.write(`GET /${everything}\r\n${everything}\r\n\r\n`),
      );
      socket.on('data', () => undefined).on('close', () => resolve());
    });

    const log = door.logged();
    expect(lines().length).toBeGreaterThan(8);
    for (const canary of [...Object.values(canaries), 'session=', 'Bearer']) {
      if (canary !== canaries.verificationValue) expect(log).not.toContain(canary);
    }
    expect(log).not.toMatch(/\b739\b(?!-)/);
  });
});
