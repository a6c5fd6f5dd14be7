import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';

import { People, type Reply, type SignedIn } from '../identity/people.js';

const minute = 60_000;
const balance = { method: 'sms', purpose: 'balance-inquiry' };

describe('challenges', () => {
  let people: People;
  let jane: SignedIn;

  beforeAll(async () => {
    people = await People.open({ instances: 2 });
  });
  afterAll(() => people.close());
  beforeEach(async () => {
    jane = await people.newSession();
    await people.turnPage();
  });

  const open = (who: { token: string } = jane, body: object = balance): Promise<Reply> =>
    people.post('/v1/challenges', body, who.token);
  const attempt = (
    id: string,
    code: unknown,
    { token = jane.token, instance = 0 } = {},
  ): Promise<Reply> =>
    people.call('POST', `/v1/challenges/${id}/attempts`, { body: { code }, token, instance });
  const resend = (id: string, token = jane.token): Promise<Reply> =>
    people.call('POST', `/v1/challenges/${id}/resend`, { token });
  const types = async (): Promise<string[]> =>
    (await people.events('verification.')).map(({ type }) => type);

  /** A code that is not the one sent. */
  const wrong = (code: string, nth = 1): string =>
    String((Number(code) + nth) % 1_000_000).padStart(6, '0');

  describe('opening', () => {
    it('answers the masked destination and sends one message, sealed until then', async () => {
      const { status, body } = await open();
      expect(status).toBe(201);
      expect(body).toMatchObject({
        method: 'sms',
        destination: `**${jane.phone.slice(-2)}`,
        attemptsLeft: 5,
      });
      expect(Date.parse(body.expiresAt)).toBe(people.clock.now().getTime() + 5 * minute);
      expect(Date.parse(body.resendAt)).toBe(people.clock.now().getTime() + minute);
      expect(await people.outbox(jane.phone)).toHaveLength(1);
    });

    it('answers a further question of the same purpose with the open challenge, and sends nothing', async () => {
      const { body: first } = await open();
      const { body: second } = await open();
      expect(second.id).toBe(first.id);
      expect(await people.outbox(jane.phone)).toHaveLength(1);
    });

    it('opens one challenge for many questions at once', async () => {
      const replies = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          people.call('POST', '/v1/challenges', {
            body: balance,
            token: jane.token,
            instance: index % 2,
          }),
        ),
      );
      expect(new Set(replies.map(({ body }) => body.id as string)).size).toBe(1);
      expect(await people.outbox(jane.phone)).toHaveLength(1);
    });

    it('opens another challenge for another purpose', async () => {
      const { body: first } = await open();
      const { body: second } = await open(jane, { ...balance, purpose: 'dispute' });
      expect(second.id).not.toBe(first.id);
    });

    it.each([
      ['totp', 'challenge.method_unavailable'],
      ['recovery-code', 'challenge.method_unavailable'],
    ])('refuses the method %s to who has not enrolled it', async (method, code) => {
      expect(await open(jane, { ...balance, method })).toMatchObject({
        status: 400,
        body: { code },
      });
    });

    it('says of security questions that they are no authenticator (ASVS 6.4.2), and keeps the refusal', async () => {
      const reply = await open(jane, { ...balance, method: 'security-questions' });
      expect(reply).toMatchObject({
        status: 400,
        body: { code: 'challenge.method_unavailable', detail: expect.stringContaining('6.4.2') },
      });
      const refusals = await people.events('verification.challenge_refused');
      expect(refusals.at(-1)?.event.detail).toEqual({ step: 'create', reason: 'method' });
    });

    it('refuses a purpose that policy does not have, and a number that is not asked for', async () => {
      for (const change of [
        { purpose: 'world-domination' },
        { customerNumber: '100001' },
        { payee: 'x' },
      ]) {
        expect((await open(jane, { ...balance, ...change })).body.code).toBe('input.invalid');
      }
    });

    it('is impossible while the bank is silent', async () => {
      people.bank.isSilent = true;
      expect((await open()).status).toBe(503);
      people.bank.isSilent = false;
    });
  });

  describe('a right code', () => {
    it('raises the session to aal2; the earlier token stays at its own', async () => {
      const { body: challenge } = await open();
      const { status, body } = await attempt(challenge.id, await people.newestCode(jane.phone));
      expect(status).toBe(200);
      expect(body).toMatchObject({ status: 'verified', acr: 'aal2' });
      expect(decodeJwt(body.accessToken)).toMatchObject({ acr: 'aal2', amr: ['pin', 'sms'] });
      expect(decodeJwt(jane.token)['acr']).toBe('aal1');
      expect((await people.get('/v1/authenticators', jane.token)).status).toBe(200);
      expect((await people.get('/v1/authenticators', body.accessToken)).status).toBe(200);
    });

    it('is accepted with spaces or hyphens in it', async () => {
      const { body } = await open();
      const code = await people.newestCode(jane.phone);
      expect((await attempt(body.id, `${code.slice(0, 3)} ${code.slice(3)}`)).status).toBe(200);
    });

    it('wins once of fifty at once on two instances', async () => {
      const { body } = await open();
      const code = await people.newestCode(jane.phone);
      const replies = await Promise.all(
        Array.from({ length: 50 }, (_, index) => attempt(body.id, code, { instance: index % 2 })),
      );
      expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(
        replies.filter(({ body: problem }) => problem.code === 'verification.failed'),
      ).toHaveLength(49);
      expect(await people.events('verification.verified')).toHaveLength(1);
      // Those that came too late were no guesses.
      expect((await open()).body.attemptsLeft).toBe(5);
    });

    it('is refused the second time', async () => {
      const { body } = await open();
      const code = await people.newestCode(jane.phone);
      await attempt(body.id, code);
      expect(await attempt(body.id, code)).toMatchObject({
        status: 401,
        body: { code: 'verification.failed' },
      });
    });

    it('is refused after five minutes', async () => {
      const { body } = await open();
      const code = await people.newestCode(jane.phone);
      people.clock.advance(4 * minute + 50_000);
      await people.get('/v1/authenticators', jane.token);
      people.clock.advance(10_000);
      expect((await attempt(body.id, code)).body.code).toBe('verification.failed');
    });

    it('is good after a restart', async () => {
      const { body } = await open();
      const code = await people.newestCode(jane.phone);
      await people.restart(2);
      expect((await attempt(body.id, code)).status).toBe(200);
    });

    it('of one purpose is not good for another', async () => {
      const { body: first } = await open();
      const code = await people.newestCode(jane.phone);
      const { body: second } = await open(jane, { ...balance, purpose: 'dispute' });
      expect((await attempt(second.id, code)).status).toBe(401);
      expect((await attempt(first.id, code)).status).toBe(200);
    });

    it('is void once amount or payee has changed', async () => {
      const payment = {
        method: 'sms',
        purpose: 'payment',
        amount: { amount: '500.00', currency: 'USD' },
        payee: 'Corner Shop',
      };
      const { body: first } = await open(jane, payment);
      const code = await people.newestCode(jane.phone);
      const { body: second } = await open(jane, { ...payment, payee: 'Somebody Else' });
      expect(second.id).not.toBe(first.id);
      expect((await attempt(first.id, code)).status).toBe(401);
      expect((await attempt(second.id, code)).status).toBe(401);
      expect((await people.outbox(jane.phone))[0]!.text).toContain('500.00 USD to So**se');
      expect(await types()).toContain('verification.challenge_superseded');
    });
  });

  describe('a wrong code', () => {
    it('is evaluated five times of fifty at once on two instances, and then the right one is refused', async () => {
      const { body } = await open();
      const code = await people.newestCode(jane.phone);
      const replies = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          attempt(body.id, wrong(code, index + 1), { instance: index % 2 }),
        ),
      );
      expect(
        new Set(replies.map(({ status, body: problem }) => `${status} ${problem.code as string}`)),
      ).toEqual(new Set(['401 verification.failed']));
      const reasons = (await people.events('verification.challenge_failed')).map(
        ({ event }) => event.detail.reason,
      );
      expect(reasons.filter((reason) => reason === 'wrong')).toHaveLength(5);
      expect(reasons.filter((reason) => reason === 'budget')).toHaveLength(45);
      expect((await attempt(body.id, code)).status).toBe(401);
    });

    it('leaves four more, which no fresh code, challenge, session or method refills', async () => {
      const { body: challenge } = await open();
      const code = await people.newestCode(jane.phone);
      await attempt(challenge.id, wrong(code));
      people.clock.advance(minute);
      expect((await resend(challenge.id)).body.attemptsLeft).toBe(4);
      await attempt(challenge.id, wrong(await people.newestCode(jane.phone)));
      const { token } = await people.signIn(jane);
      const { body: fresh } = await open({ token });
      expect(fresh.id).not.toBe(challenge.id);
      expect(fresh.attemptsLeft).toBe(3);
    });

    it('is counted apart for each purpose, and together for the account: ten lock it', async () => {
      for (const purpose of ['balance-inquiry', 'dispute']) {
        const { body } = await open(jane, { ...balance, purpose });
        const code = await people.newestCode(jane.phone);
        for (let guess = 1; guess <= 5; guess += 1) await attempt(body.id, wrong(code, guess));
      }
      expect(await people.events('verification.locked')).toHaveLength(1);
      const { body } = await open(jane, { ...balance, purpose: 'statement' });
      expect(body.attemptsLeft).toBe(0);
      expect((await attempt(body.id, '123456')).status).toBe(401);
      // What was proven before the lock goes on.
      expect((await people.get('/v1/authenticators', jane.token)).status).toBe(200);
    });

    it('locks when the code is redeemed, not only when it is sent', async () => {
      const { body: early } = await open(jane, { ...balance, purpose: 'statement' });
      const earlyCode = await people.newestCode(jane.phone);
      for (const purpose of ['balance-inquiry', 'dispute']) {
        const { body } = await open(jane, { ...balance, purpose });
        const code = await people.newestCode(jane.phone);
        for (let guess = 1; guess <= 5; guess += 1) await attempt(body.id, wrong(code, guess));
      }
      expect((await attempt(early.id, earlyCode)).status).toBe(401);
    });

    it('counts for a session that is verified already', async () => {
      const { body: first } = await open();
      const verified = await attempt(first.id, await people.newestCode(jane.phone));
      const { body: second } = await open(
        { token: verified.body.accessToken },
        { ...balance, purpose: 'payment' },
      );
      const code = await people.newestCode(jane.phone);
      for (let guess = 1; guess <= 5; guess += 1) await attempt(second.id, wrong(code, guess));
      expect((await attempt(second.id, code)).status).toBe(401);
    });

    it('is forgiven after fifteen minutes, and at a success', async () => {
      const { body: first } = await open();
      const code = await people.newestCode(jane.phone);
      for (let guess = 1; guess <= 4; guess += 1) await attempt(first.id, wrong(code, guess));
      await attempt(first.id, code);
      const { body: second } = await open();
      expect(second.attemptsLeft).toBe(5);
      const again = await people.newestCode(jane.phone);
      for (let guess = 1; guess <= 5; guess += 1) await attempt(second.id, wrong(again, guess));
      people.clock.advance(16 * minute);
      const { token } = await people.signIn(jane);
      expect((await open({ token })).body.attemptsLeft).toBe(5);
    });

    it('locks longer each time, and after a hundred until a person ends it', async () => {
      const scope = await scopeOf(await open());
      const seconds: (number | null)[] = [];
      for (let failure = 1; failure <= 100; failure += 1) {
        const [row] = await people.database.query<{ seconds: number | null }>(
          `UPDATE verification_counters SET attempts = $2, locked_until = lock_end($2, '2026-01-01', $3)
           WHERE scope = $1 AND purpose = '*'
           RETURNING CASE WHEN isfinite(locked_until) THEN extract(epoch FROM locked_until - '2026-01-01')::int ELSE -1 END AS seconds`,
          [
            scope,
            failure,
            JSON.stringify({
              failures: 10,
              firstSeconds: 900,
              longestSeconds: 86_400,
              failuresMax: 100,
            }),
          ],
        );
        if (failure % 10 === 0) seconds.push(row!.seconds);
      }
      expect(seconds).toEqual([900, 1800, 3600, 7200, 14_400, 28_800, 57_600, 86_400, 86_400, -1]);
    });

    it.each([
      ['empty', ''],
      ['null', null],
      ['an array', ['123456']],
      ['a number', 123456],
      ['an object', {}],
      ['too long', '1'.repeat(65)],
      ['missing', undefined],
    ])('that is %s is invalid and not counted', async (_, code) => {
      const { body } = await open();
      expect(await attempt(body.id, code)).toMatchObject({
        status: 400,
        body: { code: 'input.invalid' },
      });
      expect(await people.events('verification.challenge_failed')).toHaveLength(0);
    });

    it.each(['000000', '123456', ' ', '-', 'undefined', "' OR 1=1 --"])(
      'such as %j opens nothing by default',
      async (code) => {
        const { body } = await open();
        if ((await people.newestCode(jane.phone)) === code) return;
        expect((await attempt(body.id, code)).status).toBe(401);
      },
    );
  });

  describe('a foreign challenge', () => {
    it('answers like one that does not exist, and like an id that is none', async () => {
      const { body } = await open();
      const juan = await people.newSession();
      const ids = [body.id as string, '00000000-0000-4000-8000-000000000000', 'no-id'];
      const replies = await Promise.all(
        ids.map((id) => attempt(id, '123456', { token: juan.token })),
      );
      expect(replies.map(comparable)).toEqual(Array(3).fill(comparable(replies[0]!)));
      expect(replies[0]).toMatchObject({ status: 404, body: { code: 'resource.not_found' } });
      expect((await resend(body.id, juan.token)).status).toBe(404);
    });

    it('of an earlier session of the same customer is foreign', async () => {
      const { body } = await open();
      const code = await people.newestCode(jane.phone);
      const { token } = await people.signIn(jane);
      expect((await attempt(body.id, code, { token })).status).toBe(404);
    });

    it('counts nothing against its owner', async () => {
      const { body } = await open();
      const juan = await people.newSession();
      for (let guess = 0; guess < 8; guess += 1)
        await attempt(body.id, '123456', { token: juan.token });
      expect((await open()).body.attemptsLeft).toBe(5);
    });
  });

  describe('a fresh code', () => {
    it('cools off for a minute, then takes the place of the old one', async () => {
      const { body } = await open();
      const old = await people.newestCode(jane.phone);
      const early = await resend(body.id);
      expect(early.status).toBe(429);
      expect(early.headers.get('retry-after')).toBe('60');
      people.clock.advance(minute / 2);
      const later = await resend(body.id);
      expect(later.headers.get('retry-after')).toBe('30');
      // The policy is the window, whatever is left of it.
      expect(later.headers.get('ratelimit-policy')).toBe('"resend-60s";q=1;w=60');
      people.clock.advance(minute / 2);
      expect((await resend(body.id)).status).toBe(200);
      const fresh = await people.newestCode(jane.phone);
      expect(fresh).not.toBe(old);
      expect((await attempt(body.id, old)).status).toBe(401);
      expect((await attempt(body.id, fresh)).status).toBe(200);
    });

    it('is sent three times in five minutes; who is turned away keeps a good code', async () => {
      const { body } = await open();
      for (let sent = 0; sent < 2; sent += 1) {
        people.clock.advance(minute);
        expect((await resend(body.id)).status).toBe(200);
      }
      const code = await people.newestCode(jane.phone);
      people.clock.advance(minute);
      const limited = await resend(body.id);
      expect(limited.status).toBe(429);
      expect(limited.headers.get('retry-after')).toBeTruthy();
      expect(limited.headers.get('ratelimit-policy')).toContain('q=3;w=300');
      expect(limited.headers.get('ratelimit')).toBeTruthy();
      expect((await attempt(body.id, code)).status).toBe(200);
    });

    it('of another purpose counts against the same limit', async () => {
      for (const purpose of ['balance-inquiry', 'dispute', 'statement'])
        await open(jane, { ...balance, purpose });
      expect((await open(jane, { ...balance, purpose: 'fraud' })).status).toBe(429);
      expect(await people.outbox(jane.phone)).toHaveLength(3);
    });

    it('does not make a challenge live longer than ten minutes', async () => {
      const { body } = await open();
      for (let minutes = 0; minutes < 8; minutes += 4) {
        people.clock.advance(4 * minute);
        jane = await people.refreshed(jane);
        expect((await resend(body.id)).status).toBe(200);
      }
      const code = await people.newestCode(jane.phone);
      people.clock.advance(2 * minute);
      expect((await attempt(body.id, code)).body.code).toBe('verification.failed');
    });

    it('is not sent for a challenge that was used', async () => {
      const { body } = await open();
      await attempt(body.id, await people.newestCode(jane.phone));
      people.clock.advance(minute);
      expect(await resend(body.id)).toMatchObject({
        status: 409,
        body: { code: 'challenge.closed' },
      });
    });
  });

  it('leave every step in the ledger, and neither code nor phone anywhere', async () => {
    const { body } = await open();
    const code = await people.newestCode(jane.phone);
    await attempt(body.id, wrong(code));
    people.clock.advance(minute);
    await resend(body.id);
    const fresh = await people.newestCode(jane.phone);
    await attempt(body.id, fresh);
    await open(jane, { ...balance, purpose: 'dispute' });
    const last = await people.newestCode(jane.phone);
    people.clock.advance(6 * minute);
    await people.runJobs();

    expect(new Set(await types())).toEqual(
      new Set([
        'verification.challenge_created',
        'verification.challenge_sent',
        'verification.challenge_failed',
        'verification.challenge_resent',
        'verification.verified',
        'verification.challenge_expired',
      ]),
    );
    const everything = JSON.stringify(await people.database.query(everyRow));
    for (const secret of [code, fresh, last]) {
      expect(everything).not.toMatch(new RegExp(`(?<![0-9a-f])${secret}(?![0-9a-f])`));
    }
    expect(everything).not.toContain(jane.phone);
    const [erased] = await people.database.query(
      'SELECT count(*)::int AS count FROM notifications WHERE text IS NOT NULL OR destination IS NOT NULL',
    );
    expect(erased!['count']).toBe(0);
  });

  async function scopeOf({ body }: Reply): Promise<Buffer> {
    await attempt(body.id, 'wrong');
    const [row] = await people.database.query<{ counter_scope: Buffer }>(
      'SELECT counter_scope FROM challenges WHERE id = $1',
      [body.id],
    );
    return row!.counter_scope;
  }
});

const everyRow = `
  SELECT to_jsonb(c) AS row FROM challenges c UNION ALL SELECT to_jsonb(n) FROM notifications n
  UNION ALL SELECT to_jsonb(s) FROM customer_sessions s UNION ALL SELECT to_jsonb(v) FROM verification_counters v
  UNION ALL SELECT to_jsonb(r) FROM rate_limits r UNION ALL SELECT to_jsonb(e) - 'event' FROM audit_events e
  UNION ALL SELECT jsonb_build_object('detail', e.event::jsonb -> 'detail', 'type', e.type) FROM audit_events e`;

/** An answer without what differs for each request. */
function comparable({ status, body }: Reply): object {
  const { instance: _instance, requestId: _requestId, ...rest } = body as Record<string, unknown>;
  return { status, rest };
}
