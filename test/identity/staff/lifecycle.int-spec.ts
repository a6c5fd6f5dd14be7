import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { People, type Reply } from '../people.js';

const minute = 60_000;
const day = 24 * 60 * minute;
const password = 'several ordinary words together';
const otherPassword = 'another handful of plain words';

/** Somebody who was invited and has enrolled. */
interface Colleague {
  readonly id: string;
  readonly email: string;
  readonly secret: string;
  readonly recoveryCodes: readonly string[];
}

describe('the life of a staff account', () => {
  let people: People;
  let admin: string;
  let colleagues = 0;

  beforeAll(async () => {
    people = await People.open({ instances: 2 });
  });
  afterAll(() => people.close());
  beforeEach(async () => {
    people.clock.advance(minute);
    await people.database.query('DELETE FROM rate_limits');
    await people.database.query('UPDATE staff SET failures = 0, locked_until = NULL WHERE demo');
    admin = (await people.signInStaff('admin')).body.accessToken;
    await people.turnPage();
  });

  function newEmail(): string {
    colleagues += 1;
    return `colleague.${String(colleagues)}@bank.example`;
  }

  async function invite(email: string, roles: readonly string[] = ['agent']): Promise<string> {
    const { body } = await people.post('/v1/staff', { email, roles }, admin);
    return body.staff.id as string;
  }

  /** The token of the newest link to an address. */
  async function linkTo(email: string): Promise<string> {
    const texts = (await people.outbox(email)).map(({ text }) => text);
    const link = texts.find((text) => text.includes('#token='));
    return /#token=([\w-]+)/.exec(link!)![1]!;
  }

  async function enrolled(roles?: readonly string[]): Promise<Colleague> {
    const email = newEmail();
    const id = await invite(email, roles);
    const begun = await people.post('/v1/staff-enrolments', {
      token: await linkTo(email),
      password,
    });
    const secret = new URL(begun.body.otpauthUri).searchParams.get('secret')!;
    const confirmed = await people.post('/v1/staff-enrolments/confirmations', {
      enrolmentToken: begun.body.enrolmentToken,
      code: await people.totp(secret),
    });
    people.clock.advance(minute);
    return { id, email, secret, recoveryCodes: confirmed.body.recoveryCodes };
  }

  async function signIn(
    { email, secret }: Colleague,
    given: { password?: string; code?: string } = {},
  ): Promise<Reply> {
    const first = await people.post('/v1/staff-sessions', {
      email,
      password: given.password ?? password,
    });
    return people.post('/v1/staff-sessions/mfa', {
      mfaToken: first.body.mfaToken ?? 'none',
      code: given.code ?? (await people.totp(secret)),
    });
  }

  async function resetLink(email: string): Promise<string> {
    await people.post('/v1/staff-password-resets', { email });
    return linkTo(email);
  }

  const alive = (token: string): Promise<Reply> => people.get('/v1/staff-sessions', token);

  it('begins with an invitation and has both factors after the first code', async () => {
    const colleague = await enrolled(['lead', 'agent']);
    expect(colleague.recoveryCodes).toHaveLength(10);
    const { status, body } = await signIn(colleague);
    expect(status).toBe(201);
    expect(body).toMatchObject({ roles: ['agent', 'lead'], level: 'L2' });
    const types = (await people.events('staff.')).map(({ type }) => type);
    expect(types).toEqual(
      expect.arrayContaining(['staff.invited', 'staff.enrolment_begun', 'staff.enrolled']),
    );
  });

  it('keeps neither link, code nor password where the database can be read', async () => {
    const colleague = await enrolled();
    const rows = await people.database.query<{ everything: string }>(
      `SELECT (SELECT json_agg(l) FROM staff_links l)::text || (SELECT json_agg(s) FROM staff s)::text
         || (SELECT json_agg(e.event) FROM audit_events e)::text AS everything`,
    );
    const { everything } = rows[0]!;
    for (const secret of [colleague.email, colleague.secret, password, colleague.recoveryCodes[0]!])
      expect(everything).not.toContain(secret);
  });

  it('shows the authenticator as an otpauth URI and as an SVG', async () => {
    const email = newEmail();
    await invite(email);
    const { body } = await people.post('/v1/staff-enrolments', {
      token: await linkTo(email),
      password,
    });
    expect(body.otpauthUri).toMatch(/^otpauth:\/\/totp\/Probity:.*secret=[A-Z2-7]{32}/);
    expect(body.qrSvg).toMatch(/^<svg[\s\S]*<\/svg>$/);
  });

  it('tells a weak password before the link is used up', async () => {
    const email = newEmail();
    await invite(email);
    const token = await linkTo(email);
    const weak = await people.post('/v1/staff-enrolments', { token, password: 'Password2026!' });
    expect(weak).toMatchObject({ status: 400, body: { errors: [{ pointer: '/password' }] } });
    expect((await people.post('/v1/staff-enrolments', { token, password })).status).toBe(201);
  });

  it('takes no link twice, late, replaced, forged or of another use', async () => {
    const colleague = await enrolled();
    const email = newEmail();
    await invite(email);
    const replaced = await linkTo(email);
    people.clock.advance(minute);
    await invite(email);
    const late = await linkTo(email);
    const reset = await resetLink(colleague.email);
    const forged = Buffer.alloc(48, 7).toString('base64url');
    people.clock.advance(4 * day);
    for (const token of [replaced, late, reset, forged, 'x']) {
      const reply = await people.post('/v1/staff-enrolments', { token, password });
      expect(reply).toMatchObject({ status: 410, body: { code: 'staff.link_expired' } });
    }
  });

  it('gives five tries at the first code', async () => {
    const email = newEmail();
    await invite(email);
    const { body } = await people.post('/v1/staff-enrolments', {
      token: await linkTo(email),
      password,
    });
    const { enrolmentToken } = body;
    const tries = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        people.call('POST', '/v1/staff-enrolments/confirmations', {
          body: { enrolmentToken, code: '000000' },
          instance: index % 2,
        }),
      ),
    );
    expect(tries.filter(({ status }) => status === 401)).toHaveLength(5);
    expect(tries.filter(({ status }) => status === 410)).toHaveLength(15);
  });

  it('refuses to invite whoever has enrolled, and roles that are none of staff', async () => {
    const { email } = await enrolled();
    const again = await people.post('/v1/staff', { email, roles: ['agent'] }, admin);
    expect(again).toMatchObject({ status: 409, body: { code: 'staff.enrolled_already' } });
    const unknown = await people.post(
      '/v1/staff',
      { email: newEmail(), roles: ['customer'] },
      admin,
    );
    expect(unknown).toMatchObject({ status: 400, body: { errors: [{ pointer: '/roles/0' }] } });
    const agent = (await people.signInStaff('agent')).body.accessToken as string;
    const denied = await people.post('/v1/staff', { email: newEmail(), roles: ['admin'] }, agent);
    expect(denied.status).toBe(403);
    expect(await people.events('staff.administration_refused')).toHaveLength(2);
  });

  it('resets a password by link and code, and ends every session', async () => {
    const colleague = await enrolled();
    const session = (await signIn(colleague)).body.accessToken as string;
    people.clock.advance(minute);
    const token = await resetLink(colleague.email);
    const reply = await people.post('/v1/staff-password-resets/redemptions', {
      token,
      code: await people.totp(colleague.secret),
      password: otherPassword,
    });
    expect(reply).toMatchObject({ status: 201, body: { sessionsEnded: 1 } });
    expect((await alive(session)).status).toBe(401);
    people.clock.advance(minute);
    expect((await signIn(colleague)).status).toBe(401);
    expect((await signIn(colleague, { password: otherPassword })).status).toBe(201);
  });

  it('resets nothing by a mailbox alone: the link has five tries, and the lock none of them', async () => {
    const colleague = await enrolled();
    const token = await resetLink(colleague.email);
    const guesses = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        people.call('POST', '/v1/staff-password-resets/redemptions', {
          body: { token, code: '000000', password: otherPassword },
          instance: index % 2,
        }),
      ),
    );
    expect(guesses.filter(({ status }) => status === 401)).toHaveLength(5);
    expect(guesses.filter(({ status }) => status === 410)).toHaveLength(45);
    expect((await signIn(colleague)).status).toBe(201);
  });

  it('resets nothing by a mailbox and patience: a hundred tries over all links are the last, until a right code', async () => {
    const colleague = await enrolled();
    const redeem = async (token: string, code: string): Promise<number> => {
      const body = { token, code, password: otherPassword };
      return (await people.post('/v1/staff-password-resets/redemptions', body)).status;
    };
    const token = await resetLink(colleague.email);
    // Nineteen links and their five tries each, of hours that nobody waits for here.
    await people.database.query('UPDATE staff SET link_tries = 95 WHERE id = $1', [colleague.id]);
    for (let nth = 1; nth <= 5; nth += 1) expect(await redeem(token, '000000')).toBe(401);
    const another = await resetLink(colleague.email);
    expect(await redeem(another, await people.totp(colleague.secret))).toBe(410);
    expect((await signIn(colleague)).status).toBe(201);
    people.clock.advance(minute);
    expect(await redeem(another, await people.totp(colleague.secret))).toBe(201);
  });

  it('ends a sign-in that stands between password and code, once the password is another', async () => {
    const colleague = await enrolled();
    const { email, secret } = colleague;
    const { body } = await people.post('/v1/staff-sessions', { email, password });
    await people.post('/v1/staff-password-resets/redemptions', {
      token: await resetLink(email),
      code: await people.totp(secret),
      password: otherPassword,
    });
    people.clock.advance(minute);
    const late = { mfaToken: body.mfaToken, code: await people.totp(secret) };
    expect((await people.post('/v1/staff-sessions/mfa', late)).status).toBe(401);
    expect((await signIn(colleague, { password: otherPassword })).status).toBe(201);
  });

  it('takes a reset link up to an hour, and answers 410 after', async () => {
    const colleague = await enrolled();
    const token = await resetLink(colleague.email);
    people.clock.advance(61 * minute);
    const late = await people.post('/v1/staff-password-resets/redemptions', {
      token,
      code: await people.totp(colleague.secret),
      password: otherPassword,
    });
    expect(late).toMatchObject({ status: 410, body: { code: 'staff.link_expired' } });
  });

  it('answers every request for a link alike, and sends at most three an hour', async () => {
    const { email } = await enrolled();
    const known = await people.post('/v1/staff-password-resets', { email });
    const unknown = await people.post('/v1/staff-password-resets', { email: newEmail() });
    expect(shapeOf(unknown)).toEqual(shapeOf(known));
    for (let asked = 0; asked < 4; asked += 1) {
      const more = await people.post('/v1/staff-password-resets', { email });
      expect(shapeOf(more)).toEqual(shapeOf(known));
    }
    const links = (await people.outbox(email)).filter(({ text }) => text.includes('/reset#token='));
    expect(links).toHaveLength(3);
    const results = (await people.events('staff.password_reset_requested')).map(
      ({ event }) => event.detail.result,
    );
    expect(results).toEqual(['sent', 'unknown', 'sent', 'sent', 'limited', 'limited']);
  });

  it('lets a recovery code stand in for the authenticator, once', async () => {
    const colleague = await enrolled();
    const code = colleague.recoveryCodes[3]!;
    const replies = [await signIn(colleague, { code }), await signIn(colleague, { code })];
    expect(replies.map(({ status }) => status)).toEqual([201, 401]);
    expect(await people.events('staff.recovery_code_used')).toHaveLength(1);
  });

  it('locks out nobody who is signed in: their session goes on while others guess', async () => {
    const colleague = await enrolled();
    const session = (await signIn(colleague)).body.accessToken as string;
    for (let guess = 0; guess < 10; guess += 1) {
      await people.post('/v1/staff-sessions', { email: colleague.email, password: 'wrong' });
    }
    expect(await people.events('staff.locked')).toHaveLength(1);
    people.clock.advance(minute);
    expect((await signIn(colleague)).status).toBe(401);
    expect((await alive(session)).status).toBe(200);
    people.clock.advance(29 * minute);
    expect((await signIn(colleague)).status).toBe(201);
  });

  it('changes nobody’s own roles or state', async () => {
    const directory = await people.get('/v1/staff', admin);
    const me = (directory.body.items as { id: string; email: string }[]).find(
      ({ email }) => email === 'admin@probity.example',
    )!;
    for (const [path, body] of [
      ['roles', { roles: ['board'] }],
      ['status', { status: 'disabled' }],
    ] as const) {
      const reply = await people.call('PUT', `/v1/staff/${me.id}/${path}`, { body, token: admin });
      expect(reply).toMatchObject({ status: 403, body: { code: 'authority.own_account' } });
    }
  });

  it('gives other roles from the next request on, whatever the token says', async () => {
    const colleague = await enrolled(['security']);
    const session = (await signIn(colleague)).body.accessToken as string;
    expect((await people.get('/v1/staff', session)).status).toBe(200);
    await people.call('PUT', `/v1/staff/${colleague.id}/roles`, {
      body: { roles: ['qa'] },
      token: admin,
    });
    expect((await people.call('GET', '/v1/staff', { token: session, instance: 1 })).status).toBe(
      403,
    );
    const [changed] = await people.events('staff.roles_changed');
    expect(changed!.event.detail).toMatchObject({ after: { roles: ['qa'] }, by: 'administrator' });
  });

  it('lists one’s own sessions and ends one of them; another’s is not there', async () => {
    const colleague = await enrolled();
    const first = (await signIn(colleague)).body.accessToken as string;
    people.clock.advance(minute);
    const second = (await signIn(colleague)).body.accessToken as string;
    const { body } = await alive(second);
    expect(body.items).toHaveLength(2);
    const other = (body.items as { id: string; current: boolean }[]).find(
      ({ current }) => !current,
    )!;
    const agent = (await people.signInStaff('agent')).body.accessToken as string;
    const foreign = await people.call('DELETE', `/v1/staff-sessions/${other.id}`, { token: agent });
    expect(foreign).toMatchObject({ status: 404, body: { code: 'resource.not_found' } });
    const ended = await people.call('DELETE', `/v1/staff-sessions/${other.id}`, { token: second });
    expect(ended.status).toBe(200);
    expect((await alive(first)).status).toBe(401);
    expect((await alive(second)).status).toBe(200);
  });

  it('ends with disabling, at once, and comes back only by an administrator', async () => {
    const colleague = await enrolled();
    const session = (await signIn(colleague)).body.accessToken as string;
    const status = (value: string): Promise<Reply> =>
      people.call('PUT', `/v1/staff/${colleague.id}/status`, {
        body: { status: value },
        token: admin,
      });
    expect((await status('disabled')).body.staff).toMatchObject({
      status: 'disabled',
      disabledReason: 'administrator',
    });
    expect((await alive(session)).status).toBe(401);
    people.clock.advance(minute);
    expect((await signIn(colleague)).status).toBe(401);
    expect((await status('active')).body.staff.status).toBe('active');
    expect((await signIn(colleague)).status).toBe(201);
  });

  it('gives a lost authenticator back by an administrator and another person only', async () => {
    const colleague = await enrolled(['lead']);
    const own = (await signIn(colleague)).body.accessToken as string;
    const lead = (await people.signInStaff('lead')).body.accessToken as string;
    const path = `/v1/staff/${colleague.id}/factor-resets`;
    expect((await people.post(path, {}, lead)).status).toBe(403);
    const asked = await people.post(path, {}, admin);
    expect(asked).toMatchObject({ status: 202, body: { approvalRequest: { level: 'L2' } } });
    expect((await people.post(path, {}, admin)).body.code).toBe('approval.open');
    const vote = (token: string, key: string): Promise<Reply> =>
      people.call('POST', `/v1/approval-requests/${String(asked.body.approvalRequest.id)}/votes`, {
        body: { decision: 'approve', reason: 'Seen in person, with a badge' },
        token,
        headers: { 'idempotency-key': `${colleague.id}-${key}` },
      });
    expect((await vote(admin, 'admin')).status).toBe(403);
    expect((await vote(own, 'own')).body.code).toBe('approval.own_request');
    expect((await alive(own)).status).toBe(200);

    const voted = await vote(lead, 'lead');
    expect(voted).toMatchObject({ status: 201, body: { state: 'executed', amount: null } });
    expect((await alive(own)).status).toBe(401);
    people.clock.advance(minute);
    expect((await signIn(colleague)).status).toBe(401);
    const begun = await people.post('/v1/staff-enrolments', {
      token: await linkTo(colleague.email),
      password: otherPassword,
    });
    const secret = new URL(begun.body.otpauthUri).searchParams.get('secret')!;
    await people.post('/v1/staff-enrolments/confirmations', {
      enrolmentToken: begun.body.enrolmentToken,
      code: await people.totp(secret),
    });
    people.clock.advance(minute);
    const back = await signIn({ ...colleague, secret }, { password: otherPassword });
    expect(back).toMatchObject({ status: 201, body: { roles: ['lead'] } });
  });

  it('is disabled after ninety days unused, at the sign-in and by the job', async () => {
    const colleague = await enrolled();
    people.clock.advance(90 * day);
    expect((await signIn(colleague)).status).toBe(401);
    await people.runJobs();
    await people.runJobs();
    const disabled = (await people.events('staff.disabled')).filter(
      ({ event }) => event.resource.id === colleague.id,
    );
    expect(disabled.map(({ event }) => event.detail.reason)).toEqual(['unused']);
  });
});

/** What a reply shows, without what is new in each. */
function shapeOf({ status, body }: Reply): object {
  return { status, members: Object.keys(body as object).sort() };
}
