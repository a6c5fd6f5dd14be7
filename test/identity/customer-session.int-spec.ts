import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { decodeJwt } from 'jose';

import { People, type Reply } from './people.js';

const minute = 60_000;

describe('CreateCustomerSession', () => {
  let people: People;
  let jane: ReturnType<People['newCustomer']>;

  beforeAll(async () => {
    people = await People.open({ instances: 2 });
  });
  afterAll(() => people.close());

  beforeEach(async () => {
    jane = people.newCustomer();
    await people.turnPage();
  });

  const signIn = (customerNumber: string, passcode: string, instance = 0): Promise<Reply> =>
    people.call('POST', '/v1/customer-sessions', { body: { customerNumber, passcode }, instance });

  it('opens a session of one factor and reports it', async () => {
    const { status, body } = await signIn(jane.customerNumber, jane.passcode);
    expect(status).toBe(201);
    expect(body).toMatchObject({ tokenType: 'Bearer', expiresIn: 300, acr: 'aal1', amr: ['pin'] });
    const [created] = await people.events('session.');
    expect(created).toMatchObject({ type: 'session.created', outcome: 'success' });
    expect(created!.event.subjectRef ?? created!.event.subject).toBeTruthy();
  });

  it('makes one customer of many first sign-ins at once', async () => {
    const replies = await Promise.all(
      [0, 1, 0, 1].map((instance) => signIn(jane.customerNumber, jane.passcode, instance)),
    );
    expect(replies.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    const [made] = await people.database.query(
      `SELECT count(*)::int AS people, (SELECT count(*)::int FROM person_keys) AS keys FROM customers`,
    );
    expect(made!['people']).toBe(made!['keys']);
    const subjects = (await people.events('session.created')).map(({ event }) => event.resource.id);
    const rows = await people.database.query(
      'SELECT DISTINCT subject_ref FROM customer_sessions WHERE id = ANY($1)',
      [subjects],
    );
    expect(rows).toHaveLength(1);
  });

  it('keeps the customer number nowhere in clear', async () => {
    await signIn(jane.customerNumber, jane.passcode);
    const [row] = await people.database.query<{ all: string }>(
      `SELECT (SELECT string_agg(c::text, '') FROM customers c)
         || (SELECT string_agg(e::text, '') FROM audit_events e)
         || (SELECT string_agg(p::text, '') FROM sign_in_counters p) AS all`,
    );
    expect(row?.all ?? '').not.toContain(jane.customerNumber);
    expect(row?.all ?? '').not.toContain(Buffer.from(jane.customerNumber).toString('hex'));
  });

  it('answers an unknown customer like a wrong passcode', async () => {
    const wrong = await signIn(jane.customerNumber, '000000');
    const unknown = await signIn('999999', '000000');
    expect(wrong.status).toBe(401);
    expect(wrong.headers.get('www-authenticate')).toContain('realm="customer"');
    expect(comparable(unknown)).toEqual(comparable(wrong));
  });

  it.each(['known', 'unknown'])(
    'evaluates exactly five of fifty guesses at once for a customer who is %s',
    async (who) => {
      const number = who === 'known' ? jane.customerNumber : '888888';
      const replies = await Promise.all(
        Array.from({ length: 50 }, (_, guess) =>
          signIn(number, `wrong-${String(guess)}`, guess % 2),
        ),
      );
      expect(new Set(replies.map((reply) => JSON.stringify(comparable(reply)))).size).toBe(1);
      const reasons = (await people.events('session.refused')).map(
        ({ event }) => event.detail.reason,
      );
      expect(reasons.filter((reason) => reason === 'credentials')).toHaveLength(5);
      expect(reasons.filter((reason) => reason === 'limit')).toHaveLength(45);
    },
  );

  it('refuses the right passcode after five failures, for fifteen minutes, on every instance', async () => {
    for (let guess = 0; guess < 5; guess += 1) await signIn(jane.customerNumber, 'wrong');
    expect((await signIn(jane.customerNumber, jane.passcode, 1)).status).toBe(401);
    const juan = people.newCustomer();
    expect((await signIn(juan.customerNumber, juan.passcode)).status).toBe(201);
    people.clock.advance(15 * minute);
    expect((await signIn(jane.customerNumber, jane.passcode)).status).toBe(201);
  });

  it('still counts after a restart', async () => {
    for (let guess = 0; guess < 5; guess += 1) await signIn(jane.customerNumber, 'wrong');
    await people.restart(2);
    expect((await signIn(jane.customerNumber, jane.passcode)).status).toBe(401);
  });

  it('forgets failures at a success', async () => {
    for (let guess = 0; guess < 4; guess += 1) await signIn(jane.customerNumber, 'wrong');
    await signIn(jane.customerNumber, jane.passcode);
    for (let guess = 0; guess < 4; guess += 1) await signIn(jane.customerNumber, 'wrong');
    expect((await signIn(jane.customerNumber, jane.passcode)).status).toBe(201);
  });

  it('counts nothing while the bank is silent', async () => {
    people.bank.isSilent = true;
    const replies = await Promise.all(
      Array.from({ length: 6 }, () => signIn(jane.customerNumber, 'wrong')),
    );
    expect(replies.map(({ status }) => status)).toEqual(Array(6).fill(503));
    people.bank.isSilent = false;
    expect((await signIn(jane.customerNumber, jane.passcode)).status).toBe(201);
  });

  it('refuses a bank assertion while no issuer is configured, and says so in the ledger', async () => {
    const { status, body } = await people.post('/v1/customer-sessions', { assertion: 'a.b.c' });
    expect(status).toBe(400);
    expect(body.code).toBe('session.assertion_unavailable');
    expect(await people.events('session.refused')).toHaveLength(1);
  });

  it.each([
    {},
    { customerNumber: '100001' },
    { customerNumber: ['100001'], passcode: '246810' },
    { customerNumber: '100001', passcode: '246810', acr: 'aal2' },
    { customerNumber: '100001', passcode: null },
  ])('refuses the body %j as invalid and counts nothing', async (body) => {
    const counted = await people.database.query('SELECT 1 FROM sign_in_counters');
    const reply = await people.post('/v1/customer-sessions', body);
    expect(reply.status).toBe(400);
    expect(reply.body.code).toBe('input.invalid');
    expect(await people.database.query('SELECT 1 FROM sign_in_counters')).toHaveLength(
      counted.length,
    );
  });
});

describe('CustomerSessions', () => {
  let people: People;

  beforeAll(async () => {
    people = await People.open({ instances: 2 });
  });
  afterAll(() => people.close());

  const isAlive = async (token: string, instance = 0): Promise<boolean> =>
    (await people.call('GET', '/v1/authenticators', { token, instance })).status === 200;

  it('end after five minutes without a request, and go on with one', async () => {
    const { customerNumber, passcode } = people.newCustomer();
    const { body } = await people.post('/v1/customer-sessions', { customerNumber, passcode });
    people.clock.advance(4 * minute);
    expect(await isAlive(body.accessToken as string)).toBe(true);
    people.clock.advance(4 * minute);
    const { refreshToken } = body as { refreshToken: string };
    const fresh = await people.post('/v1/customer-sessions/refresh', { refreshToken });
    const token = fresh.body.accessToken as string;
    expect(await isAlive(token)).toBe(true);
    people.clock.advance(5 * minute - 10_000);
    expect(await isAlive(token)).toBe(true);
    people.clock.advance(60_000);
    expect(await isAlive(token)).toBe(false);
  });

  it('outlive a restart', async () => {
    const { token } = await people.newSession();
    await people.restart(2);
    expect(await isAlive(token)).toBe(true);
  });

  it('end at once on every instance when they are revoked', async () => {
    const { token } = await people.newSession();
    expect(await isAlive(token, 0)).toBe(true);
    expect(await isAlive(token, 1)).toBe(true);
    await people.database.query('UPDATE customer_sessions SET revoked_at = now()');
    expect(await isAlive(token, 0)).toBe(false);
    expect(await isAlive(token, 1)).toBe(false);
  });

  it('outlive their token of five minutes where it is refreshed, though a refresh is no activity', async () => {
    const { customerNumber, passcode } = people.newCustomer();
    const { body } = await people.post('/v1/customer-sessions', { customerNumber, passcode });
    const before = decodeJwt(body.accessToken as string);
    people.clock.advance(4 * minute);
    expect(await isAlive(body.accessToken as string)).toBe(true);
    people.clock.advance(2 * minute);
    expect(await isAlive(body.accessToken as string)).toBe(false);

    const { refreshToken } = body as { refreshToken: string };
    const { status, body: fresh } = await people.post('/v1/customer-sessions/refresh', {
      refreshToken,
    });
    expect(status).toBe(201);
    expect(fresh).toMatchObject({ tokenType: 'Bearer', expiresIn: 300, acr: 'aal1', amr: ['pin'] });
    expect(decodeJwt(fresh.accessToken as string)).toMatchObject({
      sid: before['sid'],
      sub: before.sub,
      auth_time: before['auth_time'],
    });
    people.clock.advance(4 * minute);
    expect(await isAlive(fresh.accessToken as string)).toBe(false);
    const late = await people.post('/v1/customer-sessions/refresh', {
      refreshToken: fresh.refreshToken as string,
    });
    expect([late.status, late.body.code]).toEqual([401, 'session.refresh_refused']);
  });

  it('end with their whole family where a refresh token comes twice, at once and on two instances', async () => {
    const { customerNumber, passcode } = people.newCustomer();
    const { body } = await people.post('/v1/customer-sessions', { customerNumber, passcode });
    await people.turnPage();
    const { refreshToken } = body as { refreshToken: string };

    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, turn) =>
        people.call('POST', '/v1/customer-sessions/refresh', {
          body: { refreshToken },
          instance: turn % 2,
        }),
      ),
    );

    const good = replies.filter(({ status }) => status === 201);
    expect(good).toHaveLength(1);
    for (const instance of [0, 1]) {
      expect(await isAlive(good[0]!.body.accessToken as string, instance)).toBe(false);
      expect(await isAlive(body.accessToken as string, instance)).toBe(false);
    }
    const next = await people.post('/v1/customer-sessions/refresh', {
      refreshToken: good[0]!.body.refreshToken as string,
    });
    expect(next.status).toBe(401);
    expect(await people.events('session.refresh_reused')).toHaveLength(19);
  });

  it('are not refreshed by a token that nobody issued', async () => {
    const { status, body, headers } = await people.post('/v1/customer-sessions/refresh', {
      refreshToken: 'x'.repeat(43),
    });
    expect([status, body.code]).toEqual([401, 'session.refresh_refused']);
    expect(headers.get('www-authenticate')).toContain('realm="customer"');
  });
});

/** An answer without what differs for each request. */
function comparable({ status, body, headers }: Reply): object {
  const { instance: _instance, requestId: _requestId, ...rest } = body as Record<string, unknown>;
  return { status, rest, challenge: headers.get('www-authenticate') };
}
