import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';

import { People } from '../identity/people.js';
import { VerifiedPerson } from './verified-person.js';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

describe('authenticators', () => {
  let people: People;
  let jane: VerifiedPerson;

  beforeAll(async () => {
    people = await People.open({ instances: 2 });
  });
  afterAll(() => people.close());
  beforeEach(async () => {
    jane = await VerifiedPerson.open(people);
    await people.turnPage();
  });

  const types = async (prefix = 'authenticator.'): Promise<string[]> =>
    (await people.events(prefix)).map(({ type }) => type);

  describe('enrolling TOTP', () => {
    it('shows the secret once, as URI and as QR code, and counts nothing until a first code is right', async () => {
      await jane.mayChangeFactors();
      const { status, body } = await jane.enrol('totp');
      expect(status).toBe(201);
      expect(body).toMatchObject({ method: 'totp', state: 'pending' });
      const uri = new URL(body.otpauthUri as string);
      expect(uri.protocol).toBe('otpauth:');
      expect(uri.searchParams.get('secret')).toMatch(/^[A-Z2-7]{32}$/);
      expect(body.qrSvg).toMatch(/^<svg [\s\S]*<\/svg>\s*$/);
      expect((await jane.ask({ method: 'totp' })).body.code).toBe('challenge.method_unavailable');

      const code = await people.totp(uri.searchParams.get('secret')!);
      const confirmed = await jane.confirm(body.id, code);
      expect(confirmed).toMatchObject({ status: 200, body: { state: 'active' } });
      expect(Date.parse(confirmed.body.countsForMoneyAt)).toBe(
        people.clock.now().getTime() + 24 * hour,
      );
      expect((await people.get('/v1/authenticators', jane.token)).body.items).toMatchObject([
        { method: 'totp', id: body.id, restricted: false },
        { method: 'sms', restricted: true },
        { method: 'email', restricted: true },
      ]);
      expect(await types()).toEqual([
        'authenticator.enrolled',
        'authenticator.confirmed',
        'authenticator.listed',
      ]);
    });

    it('tells the old addresses, by phone and by mail', async () => {
      await jane.withTotp();
      const { phone, email } = jane.customer;
      for (const address of [phone, email]) {
        expect((await people.outbox(address))[0]!.text).toContain('a new way to prove who you are');
      }
    });

    it('looks at five first codes of an enrolment and no more', async () => {
      await jane.mayChangeFactors();
      const { body } = await jane.enrol('totp');
      const secret = new URL(body.otpauthUri as string).searchParams.get('secret')!;
      const code = await people.totp(secret);
      const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, '0');
      const replies = await Promise.all(
        Array.from({ length: 12 }, (_, turn) => jane.confirm(body.id, wrong, turn % 2)),
      );
      expect(new Set(replies.map((reply) => reply.body.code))).toEqual(
        new Set(['authenticator.code_refused']),
      );
      expect((await jane.confirm(body.id, code)).status).toBe(400);
    });

    it('leaves the secret under the person’s key, and out of every event', async () => {
      const { secret } = await jane.withTotp();
      const everything = JSON.stringify(
        await people.database.query(
          `SELECT to_jsonb(a) AS row FROM authenticators a UNION ALL SELECT to_jsonb(e) FROM audit_events e`,
        ),
      );
      expect(everything).not.toContain(secret);
      expect(everything).not.toContain(Buffer.from(secret).toString('hex'));
    });

    it('needs fresh proof and a grant for a factor change, which one enrolment uses up', async () => {
      const early = await jane.enrol('totp');
      expect(early.status).toBe(401);
      expect(early.headers.get('www-authenticate')).toBe(
        'Bearer error="insufficient_user_authentication", ' +
          'error_description="Stronger or fresher proof of identity is required", ' +
          'acr_values="aal2", max_age="300"',
      );
      await jane.prove();
      expect(await jane.enrol('totp')).toMatchObject({
        status: 401,
        body: { code: 'assurance.insufficient' },
      });
      await jane.mayChangeFactors();
      expect((await jane.enrol('totp')).status).toBe(201);
      expect((await jane.enrol('totp')).status).toBe(401);
    });

    it('uses a grant once of fifty at once on two instances', async () => {
      await jane.mayChangeFactors();
      const replies = await Promise.all(
        Array.from({ length: 50 }, (_, turn) => jane.enrol('totp', turn % 2)),
      );
      expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
      expect(replies.filter(({ status }) => status === 401)).toHaveLength(49);
    });

    it('is not covered by a grant for another resource, by a stale one, or by that of another session', async () => {
      await jane.mayChangeFactors({ more: { resource: 'authenticator/recovery-code' } });
      expect((await jane.enrol('totp')).status).toBe(401);
      const other = await jane.again();
      await other.prove();
      expect((await other.enrol('recovery-code')).status).toBe(401);
      people.clock.advance(4 * minute);
      await people.get('/v1/authenticators', jane.token);
      people.clock.advance(minute + second);
      expect((await jane.enrol('recovery-code')).status).toBe(401);
    });
  });

  describe('a TOTP code', () => {
    it('raises the session by a second kind of factor, and says so in the token', async () => {
      const { secret } = await jane.withTotp();
      people.clock.advance(30 * second);
      const fresh = await jane.again();
      const { body } = await fresh.prove({ method: 'totp', code: await people.totp(secret) });
      expect(body).toMatchObject({ status: 'verified', acr: 'aal2' });
      expect(decodeJwt(body.accessToken)).toMatchObject({
        acr: 'aal2',
        amr: ['pin', 'otp'],
        auth_time: Math.floor(people.clock.now().getTime() / 1000),
      });
    });

    it('asks for nothing to be sent, and cannot be sent again', async () => {
      await jane.withTotp();
      const before = (await people.outbox(jane.customer.phone)).length;
      const { body } = await jane.ask({ method: 'totp' });
      expect(body.destination).toBeUndefined();
      expect(body.resendAt).toBeUndefined();
      expect(await people.outbox(jane.customer.phone)).toHaveLength(before);
      const resent = await people.post(
        `/v1/challenges/${body.id as string}/resend`,
        {},
        jane.token,
      );
      expect(resent).toMatchObject({ status: 409, body: { code: 'challenge.not_sent' } });
    });

    it('of the step that confirmed the factor opens nothing', async () => {
      const { secret } = await jane.withTotp();
      const code = await people.totp(secret);
      expect((await jane.prove({ method: 'totp', code })).body.code).toBe('verification.failed');
    });

    it('of the step before is good, of two before and of the next but one not', async () => {
      const { secret } = await jane.withTotp();
      people.clock.advance(2 * minute);
      const { body } = await jane.ask({ method: 'totp' });
      for (const steps of [-2, 2]) {
        expect((await jane.attempt(body.id, await people.totp(secret, steps))).status).toBe(401);
      }
      expect((await jane.attempt(body.id, await people.totp(secret, -1))).status).toBe(200);
    });

    it('is refused, not a fault, once the clock was set back', async () => {
      const { secret } = await jane.withTotp();
      people.clock.advance(10 * minute);
      const later = await jane.again();
      await later.prove({ method: 'totp', code: await people.totp(secret) });
      people.clock.advance(-5 * minute);
      const earlier = await jane.again();
      const reply = await earlier.prove({ method: 'totp', code: await people.totp(secret) });
      expect(reply).toMatchObject({ status: 401, body: { code: 'verification.failed' } });
      people.clock.advance(5 * minute);
    });

    it('of a removed factor is good for nothing, also for a challenge that was open', async () => {
      const { secret, id } = await jane.withTotp();
      people.clock.advance(minute);
      const { body } = await jane.ask({ method: 'totp' });
      await jane.mayChangeFactors();
      expect((await jane.remove(id)).status).toBe(200);
      expect((await jane.attempt(body.id, await people.totp(secret))).status).toBe(401);
      expect((await people.outbox(jane.customer.email))[0]!.text).toContain('was removed');
    });

    it('does not count for money until the factor has cooled off for a day', async () => {
      const { secret } = await jane.withTotp();
      const payment = {
        amount: { amount: '12.00', currency: 'USD' },
        payee: 'Corner Shop',
      };
      const ask = { method: 'totp', purpose: 'payment', more: payment };
      people.clock.advance(minute);
      expect((await jane.ask(ask)).body.code).toBe('challenge.method_unavailable');
      people.clock.advance(24 * hour);
      const tomorrow = await jane.again();
      expect((await tomorrow.prove({ ...ask, code: await people.totp(secret) })).status).toBe(200);
    });
  });

  describe('recovery codes', () => {
    it('are ten of 120 bits, shown once and kept as keyed digests', async () => {
      const codes = await jane.withRecoveryCodes();
      expect(codes).toHaveLength(10);
      expect(new Set(codes).size).toBe(10);
      for (const code of codes) expect(code).toMatch(/^([A-Z2-7]{6}-){3}[A-Z2-7]{6}$/);
      const rows = JSON.stringify(await people.database.query('SELECT * FROM recovery_codes'));
      for (const code of codes) expect(rows).not.toContain(code.slice(0, 6));
      expect((await people.get('/v1/authenticators', jane.token)).body.items).toContainEqual(
        expect.objectContaining({ method: 'recovery-code', codesLeft: 10 }),
      );
    });

    it('are good once each, in lower case and without hyphens too, and their use is told', async () => {
      const [code] = await jane.withRecoveryCodes();
      const fresh = await jane.again();
      const typed = code!.toLowerCase().replaceAll('-', ' ');
      const { body } = await fresh.prove({ method: 'recovery-code', code: typed });
      expect(body.acr).toBe('aal2');
      expect((await people.outbox(jane.customer.email))[0]!.text).toContain(
        'recovery codes was used',
      );
      const second = await jane.again();
      const again = await second.prove({ method: 'recovery-code', code: code! });
      expect(again).toMatchObject({ status: 401, body: { code: 'verification.failed' } });
    });

    it('of an earlier set are good for nothing', async () => {
      const [old] = await jane.withRecoveryCodes();
      await jane.withRecoveryCodes();
      const fresh = await jane.again();
      expect((await fresh.prove({ method: 'recovery-code', code: old! })).status).toBe(401);
    });

    it('of one person are good for nobody else', async () => {
      const [code] = await jane.withRecoveryCodes();
      const juan = await VerifiedPerson.open(people);
      await juan.withRecoveryCodes();
      expect((await juan.prove({ method: 'recovery-code', code: code! })).status).toBe(401);
    });

    it('with the bank’s login let a lost factor be replaced; the new one cools off', async () => {
      const { id } = await jane.withTotp();
      const [code] = await jane.withRecoveryCodes();
      const later = await jane.again();
      await later.mayChangeFactors({ method: 'recovery-code', code: code! });
      const { body } = await later.enrol('totp');
      const secret = new URL(body.otpauthUri as string).searchParams.get('secret')!;
      const confirmed = await later.confirm(body.id, await people.totp(secret));
      expect(Date.parse(confirmed.body.countsForMoneyAt)).toBeGreaterThan(
        people.clock.now().getTime() + 23 * hour,
      );
      const { body: list } = await people.get('/v1/authenticators', later.token);
      const ids = list.items.map((item: { id?: string }) => item.id);
      expect(ids).toContain(body.id);
      expect(ids).not.toContain(id);
    });
  });

  describe('a code by e-mail', () => {
    it('leaves a session at aal1, whatever was proven with it before', async () => {
      const { body } = await jane.prove({ method: 'email' });
      expect(body.acr).toBe('aal1');
      expect(decodeJwt(body.accessToken)).toMatchObject({ acr: 'aal1', amr: ['pin', 'email'] });
    });

    it('makes a stronger session neither weaker nor fresher', async () => {
      await jane.prove();
      const before = decodeJwt(jane.token);
      people.clock.advance(minute);
      await jane.prove({ method: 'email', purpose: 'dispute' });
      expect(decodeJwt(jane.token)).toMatchObject({
        acr: 'aal2',
        auth_time: before['auth_time'],
        method: 'sms',
      });
    });

    it('shows its destination masked, and earns no change of factors', async () => {
      const { body } = await jane.ask({ method: 'email' });
      expect(body.destination).toBe('c**@**.com');
      await jane.prove();
      await jane.mayChangeFactors({ method: 'email' });
      expect((await jane.enrol('totp')).status).toBe(401);
    });
  });

  it('are somebody else’s and unknown alike to who does not own them', async () => {
    const { id } = await jane.withTotp();
    const juan = await VerifiedPerson.open(people);
    await juan.mayChangeFactors();
    for (const foreign of [id, '00000000-0000-4000-8000-000000000000', 'no-id']) {
      expect(await juan.remove(foreign)).toMatchObject({
        status: 404,
        body: { code: 'resource.not_found' },
      });
      expect((await juan.confirm(foreign, '123456')).status).toBe(404);
    }
  });

  it('go with the person’s data when they are erased', async () => {
    await jane.withTotp();
    await jane.withRecoveryCodes();
    const ref = decodeJwt(jane.token).sub!;
    const sources = (await import('../../src/privacy/index.js')).PersonalDataSources;
    const source = people.app
      .get(sources)
      .list()
      .find(({ tables }) => tables.includes('recovery_codes'))!;
    const { AppDatabase } = await import('../../src/platform/index.js');
    const { manager } = people.app.get(AppDatabase);
    expect(JSON.stringify(await source.collect(manager, ref as never))).toContain('totp');
    await source.erase(manager, ref as never);
    const rows = await people.database.query(
      'SELECT 1 FROM authenticators WHERE subject_ref = $1',
      [ref],
    );
    expect(rows).toHaveLength(0);
  });
});
