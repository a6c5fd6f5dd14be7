import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';

import { People, type Reply } from './people.js';

const minute = 60_000;

describe('staff sessions', () => {
  let people: People;

  beforeAll(async () => {
    people = await People.open({ instances: 2 });
  });
  afterAll(() => people.close());
  beforeEach(async () => {
    // A new step, so that no spec meets a code that another has used.
    people.clock.advance(minute);
    await people.database.query(
      'UPDATE staff SET failures = 0, locked_until = NULL, disabled_at = NULL',
    );
    await people.turnPage();
  });

  it('begin with a right password that asks for the second factor', async () => {
    const { email, password } = await people.demoStaff('compliance');
    const { status, body, headers } = await people.post('/v1/staff-sessions', { email, password });
    expect(status).toBe(401);
    expect(body).toMatchObject({ code: 'staff.mfa_required' });
    expect(body.mfaToken).toEqual(expect.any(String));
    expect(headers.get('www-authenticate')).toContain('mfa_required');
    expect(await people.events('staff.password_accepted')).toHaveLength(1);
  });

  it('open with the code, and carry the roles and level of the directory', async () => {
    const { status, body } = await people.signInStaff('lead');
    expect(status).toBe(201);
    expect(body).toMatchObject({
      tokenType: 'Bearer',
      expiresIn: 300,
      roles: ['lead'],
      level: 'L2',
    });
    expect(decodeJwt(body.accessToken)).toMatchObject({
      acr: 'aal2',
      amr: ['pwd', 'otp'],
      kind: 'staff',
    });
    expect((await people.events('staff.session_created'))[0]!.event.detail).toMatchObject({
      roles: ['lead'],
    });
  });

  it('answer an unknown address like a wrong password', async () => {
    const { email } = await people.demoStaff('agent');
    const wrong = await people.post('/v1/staff-sessions', { email, password: 'wrong' });
    const unknown = await people.post('/v1/staff-sessions', {
      email: 'nobody@probity.example',
      password: 'wrong',
    });
    expect(wrong.status).toBe(401);
    expect(comparable(unknown)).toEqual(comparable(wrong));
  });

  it('take one time step once, of five sign-ins at once on two instances', async () => {
    const begun = await Promise.all(Array.from({ length: 5 }, () => people.beginStaff('agent')));
    const code = await people.totp(begun[0]!.totpSecret);
    const replies = await Promise.all(
      begun.map(({ mfaToken }, index) =>
        people.call('POST', '/v1/staff-sessions/mfa', {
          body: { mfaToken, code },
          instance: index % 2,
        }),
      ),
    );
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
  });

  it('refuse a step that was used, also from another sign-in, and take the next one', async () => {
    await people.signInStaff('agent');
    expect((await people.signInStaff('agent')).status).toBe(401);
    people.clock.advance(30_000);
    expect((await people.signInStaff('agent')).status).toBe(201);
  });

  it('refuse, and do not fail, when the clock was set back', async () => {
    people.clock.advance(10 * minute);
    await people.signInStaff('agent');
    people.clock.advance(-10 * minute);
    expect((await people.signInStaff('agent')).status).toBe(401);
    people.clock.advance(10 * minute);
  });

  it('evaluate ten of fifty codes at once, lock for thirty minutes, and open after', async () => {
    const { mfaToken } = await people.beginStaff('agent');
    await Promise.all(
      Array.from({ length: 50 }, (_, guess) =>
        people.call('POST', '/v1/staff-sessions/mfa', {
          body: { mfaToken, code: String(100_000 + guess) },
          instance: guess % 2,
        }),
      ),
    );
    const reasons = (await people.events('staff.session_refused')).map(
      ({ event }) => event.detail.reason,
    );
    expect(reasons.filter((reason) => reason === 'credentials')).toHaveLength(10);
    expect(await people.events('staff.locked')).toHaveLength(1);

    const { email, password } = await people.demoStaff('agent');
    const locked = await people.post('/v1/staff-sessions', { email, password });
    expect(locked.body.code).toBe('staff.credentials_invalid');
    people.clock.advance(31 * minute);
    expect((await people.signInStaff('agent')).status).toBe(201);
  });

  it('count passwords and codes together', async () => {
    const { email, password, totpSecret } = await people.demoStaff('agent');
    for (let guess = 0; guess < 5; guess += 1) {
      await people.post('/v1/staff-sessions', { email, password: 'wrong' });
    }
    const { body } = await people.post('/v1/staff-sessions', { email, password });
    for (let guess = 0; guess < 5; guess += 1) {
      await people.post('/v1/staff-sessions/mfa', { mfaToken: body.mfaToken, code: '000000' });
    }
    const right = { mfaToken: body.mfaToken as string, code: await people.totp(totpSecret) };
    expect((await people.post('/v1/staff-sessions/mfa', right)).status).toBe(401);
  });

  it.each([
    ['array', ['123456']],
    ['number', 123456],
    ['null', null],
    ['empty', ''],
    ['object', {}],
  ])('refuse an %s for a code as invalid, not counted', async (_, code) => {
    const { mfaToken } = await people.beginStaff('agent');
    const reply = await people.post('/v1/staff-sessions/mfa', { mfaToken, code });
    expect(reply.status).toBe(400);
    expect(await people.events('staff.session_refused')).toHaveLength(0);
  });

  it('refuse an mfaToken after five minutes, and one that was used', async () => {
    const { mfaToken, totpSecret } = await people.beginStaff('agent');
    people.clock.advance(6 * minute);
    const late = { mfaToken, code: await people.totp(totpSecret) };
    expect((await people.post('/v1/staff-sessions/mfa', late)).status).toBe(401);
  });

  it('give fresh tokens for a refresh token, and never renew the time of authentication', async () => {
    const { body: first } = await people.signInStaff('agent');
    people.clock.advance(4 * minute);
    const { status, body: second } = await people.post('/v1/staff-sessions/refresh', {
      refreshToken: first.refreshToken,
    });
    expect(status).toBe(201);
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect(decodeJwt(second.accessToken)['auth_time']).toBe(
      decodeJwt(first.accessToken)['auth_time'],
    );
  });

  it('end the whole family when a refresh token comes a second time', async () => {
    const { body: first } = await people.signInStaff('agent');
    const { body: second } = await people.post('/v1/staff-sessions/refresh', {
      refreshToken: first.refreshToken,
    });
    const reuse = await people.post('/v1/staff-sessions/refresh', {
      refreshToken: first.refreshToken,
    });
    expect(reuse).toMatchObject({ status: 401, body: { code: 'staff.refresh_refused' } });
    const next = await people.post('/v1/staff-sessions/refresh', {
      refreshToken: second.refreshToken,
    });
    expect(next.status).toBe(401);
    expect(await people.events('staff.refresh_reused')).toHaveLength(1);
    const ended = await people.call('DELETE', '/v1/staff-sessions/current', {
      token: second.accessToken,
    });
    expect(ended.status).toBe(401);
  });

  it('take one of two equal refresh tokens that come at once', async () => {
    const { body } = await people.signInStaff('agent');
    const replies = await Promise.all(
      [0, 1].map((instance) =>
        people.call('POST', '/v1/staff-sessions/refresh', {
          body: { refreshToken: body.refreshToken as string },
          instance,
        }),
      ),
    );
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 401]);
  });

  it('end with a sign-out, at once, on every instance', async () => {
    const { body } = await people.signInStaff('agent');
    const token = body.accessToken as string;
    const out = await people.call('DELETE', '/v1/staff-sessions/current', { token, instance: 0 });
    expect(out.status).toBe(200);
    expect(out.body.receipt).toBeTruthy();
    const again = await people.call('DELETE', '/v1/staff-sessions/current', { token, instance: 1 });
    expect(again.status).toBe(401);
  });

  it.each([
    [
      'fifteen minutes without a request',
      "UPDATE staff_sessions SET last_seen_at = last_seen_at - interval '15 min'",
    ],
    ['twelve hours', "UPDATE staff_sessions SET expires_at = expires_at - interval '12 h'"],
    ['a revocation', 'UPDATE staff_sessions SET revoked_at = now()'],
    ['the holder was disabled', 'UPDATE staff SET disabled_at = now()'],
  ])('end after %s', async (_, sql) => {
    const { body } = await people.signInStaff('agent');
    await people.database.query(sql);
    const reply = await people.call('DELETE', '/v1/staff-sessions/current', {
      token: body.accessToken,
      instance: 1,
    });
    expect(reply.body.code).toBe('token.invalid');
    const refresh = await people.post('/v1/staff-sessions/refresh', {
      refreshToken: body.refreshToken,
    });
    expect(refresh.status).toBe(401);
  });

  it('open for nobody who was away for ninety days', async () => {
    await people.database.query(`UPDATE staff SET demo = false`);
    people.clock.advance(91 * 24 * 60 * minute);
    const { email, password } = await people.demoStaff('agent');
    const { body } = await people.post('/v1/staff-sessions', { email, password });
    expect(body.code).toBe('staff.credentials_invalid');
    await people.database.query(`UPDATE staff SET demo = true`);
  });

  it('keep the demo’s passwords over a restart', async () => {
    const before = await people.demoStaff('sar');
    await people.restart(2);
    expect(await people.demoStaff('sar')).toEqual(before);
    expect((await people.signInStaff('sar')).status).toBe(201);
  });

  it('list the demo’s staff with the levels of their roles', async () => {
    const { body } = await people.get('/dev/staff');
    expect(body.items).toHaveLength(19);
    const levels = Object.fromEntries(
      (body.items as { email: string; level: string | null }[]).map(({ email, level }) => [
        email.split('@')[0],
        level,
      ]),
    );
    expect(levels).toMatchObject({
      agent: 'L1',
      lead: 'L2',
      head: 'L3',
      exec: 'L4',
      board3: 'board',
      dpo: null,
    });
  });
});

describe('dev routes', () => {
  it('are unknown where configuration has none', async () => {
    const people = await People.open({ env: { PROBITY_DEV_ROUTES: 'false' } });
    try {
      for (const path of ['/dev/staff', '/dev/outbox']) {
        expect(await people.get(path)).toMatchObject({
          status: 404,
          body: { code: 'route.unknown' },
        });
      }
    } finally {
      await people.close();
    }
  });
});

/** An answer without what differs for each request. */
function comparable({ status, body, headers }: Reply): object {
  const { instance: _instance, requestId: _requestId, ...rest } = body as Record<string, unknown>;
  return { status, rest, challenge: headers.get('www-authenticate') };
}
