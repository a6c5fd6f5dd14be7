import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, importJWK, type JWK, type JWTPayload, SignJWT } from 'jose';

import {
  clientId,
  clientSecret,
  type CompanyPerson,
  CompanyOpenId,
  redirectUri,
} from '../../support/openid-provider.js';
import { People, type Reply } from '../people.js';

// The provider is a certified one, run here; where a spec needs it to lie, only its token endpoint does.

const multiFactor = 'mfa';
const ada: CompanyPerson = {
  sub: 'company|ada',
  email: 'ada@company.example',
  email_verified: true,
  groups: ['probity-leads', 'everybody'],
  amr: ['pwd', 'otp', multiFactor],
};

/** What the page that began a sign-in knows, and what the browser brought back. */
interface Answer {
  readonly loginToken: string;
  readonly code: string;
  readonly state: string;
  readonly iss?: string;
}

describe('staff sign-in at the company’s provider', () => {
  let company: CompanyOpenId;
  let people: People;
  let subjects = 0;

  beforeAll(async () => {
    company = await CompanyOpenId.open();
    people = await People.open({
      instances: 2,
      env: {
        PROBITY_OIDC_ISSUER: company.issuer,
        PROBITY_OIDC_CLIENT_ID: clientId,
        PROBITY_OIDC_CLIENT_SECRET: clientSecret,
        PROBITY_OIDC_REDIRECT_URI: redirectUri,
      },
    });
  });
  afterAll(async () => {
    await people.close();
    await company.close();
  });
  beforeEach(async () => {
    company.forgery = null;
    people.clock.advance(Date.now() - people.clock.now().getTime());
    await people.database.query('DELETE FROM rate_limits');
    await people.turnPage();
  });

  /** Somebody of the company who was never here. */
  function newcomer(changes: Partial<CompanyPerson> = {}): CompanyPerson {
    subjects += 1;
    const sub = `company|${String(subjects)}`;
    return { ...ada, sub, email: `person${String(subjects)}@company.example`, ...changes };
  }

  const begin = (): Promise<Reply> => people.post('/v1/staff-sessions/oidc/authorizations', {});

  /** Signs in at the provider and answers what the browser brings back. */
  async function answerOf(person: CompanyPerson): Promise<Answer> {
    company.person = person;
    const { body } = await begin();
    const answer = await company.visit(body.authorizationUrl as string);
    return {
      loginToken: body.loginToken as string,
      ...(Object.fromEntries(answer) as unknown as Omit<Answer, 'loginToken'>),
    };
  }

  const complete = (answer: Answer, instance = 0): Promise<Reply> =>
    people.call('POST', '/v1/staff-sessions/oidc', { body: answer, instance });

  async function reasons(): Promise<string[]> {
    const events = await people.events('staff.oidc_refused');
    return events.map(({ event }) => event.detail.reason as string);
  }

  it('opens a session with the roles and level that the claims map to', async () => {
    const person = newcomer();
    const { status, body } = await complete(await answerOf(person));
    expect(status).toBe(201);
    expect(body).toMatchObject({ roles: ['lead'], level: 'L2' });
    const sessions = await people.get('/v1/staff-sessions', body.accessToken);
    expect(sessions.body.items).toMatchObject([{ method: 'oidc', amr: person.amr, current: true }]);
    expect((await people.events('staff.')).map(({ type }) => type)).toEqual(
      expect.arrayContaining(['staff.oidc_begun', 'staff.session_created', 'staff.invited']),
    );
  });

  it('follows the provider: other groups give other roles at the next sign-in', async () => {
    const person = newcomer();
    await complete(await answerOf(person));
    const again = await complete(await answerOf({ ...person, groups: ['probity-security'] }));
    expect(again.body).toMatchObject({ roles: ['security'], level: null });
    expect((await people.events('staff.roles_changed'))[0]!.event.detail).toMatchObject({
      before: { roles: ['lead'] },
      by: 'provider',
    });
  });

  it('ends its session and says where the provider’s ends', async () => {
    const { body } = await complete(await answerOf(newcomer()));
    const out = await people.call('DELETE', '/v1/staff-sessions/current', {
      token: body.accessToken,
    });
    expect(out.body.endSessionUrl).toContain(company.issuer);
    expect((await people.get('/v1/staff-sessions', body.accessToken)).status).toBe(401);
  });

  it.each<[string, Partial<CompanyPerson>, string]>([
    ['no sign of a second factor', { amr: ['pwd'] }, 'mfa'],
    ['no methods at all', { amr: [] }, 'mfa'],
    ['no group that is mapped', { groups: ['everybody'] }, 'unmapped'],
    ['a group that only resembles one', { groups: ['probity-leads '] }, 'unmapped'],
    ['an address that nobody vouches for', { email_verified: false }, 'no_entry'],
  ])('refuses %s', async (_, changes, reason) => {
    const reply = await complete(await answerOf(newcomer(changes)));
    expect(reply).toMatchObject({ status: 401, body: { code: 'staff.provider_refused' } });
    expect(reply.headers.get('www-authenticate')).toContain('realm="staff"');
    expect(await reasons()).toEqual([reason]);
  });

  it('refuses whoever an administrator disabled', async () => {
    const person = newcomer();
    await complete(await answerOf(person));
    await people.database.query(`UPDATE staff SET disabled_at = now() WHERE NOT demo`);
    expect((await complete(await answerOf(person))).status).toBe(401);
    expect(await reasons()).toEqual(['disabled']);
    await people.database.query(`UPDATE staff SET disabled_at = NULL`);
  });

  it('refuses an address of the provider that belongs to a break-glass account', async () => {
    const reply = await complete(await answerOf(newcomer({ email: 'admin@probity.example' })));
    expect(reply.status).toBe(401);
    expect(await reasons()).toEqual(['local_account']);
  });

  it('refuses an address that was given to somebody else: who signs in is the subject', async () => {
    const person = newcomer();
    await complete(await answerOf(person));
    expect((await complete(await answerOf(newcomer({ email: person.email })))).status).toBe(401);
    expect(await reasons()).toEqual(['local_account']);
  });

  it('exchanges one answer once, of twenty at the same time on two instances', async () => {
    const answer = await answerOf(newcomer());
    const asked = company.tokenRequests;
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, index) => complete(answer, index % 2)),
    );
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(company.tokenRequests - asked).toBe(1);
  });

  it('refuses a code in another login, and a login that belongs to another answer', async () => {
    const mine = await answerOf(newcomer());
    const theirs = await answerOf(newcomer());
    // The attacker’s code with my login: the code verifier does not fit.
    const injected = await complete({ ...mine, code: theirs.code });
    expect(injected.status).toBe(401);
    // Their whole answer, pushed into my page: the state does not fit my login.
    const pushed = await complete({ ...theirs, loginToken: mine.loginToken });
    expect(pushed.status).toBe(401);
    expect(await reasons()).toEqual(['answer', 'login']);
    expect((await complete(theirs)).status).toBe(201);
  });

  it('refuses an answer that says another issuer sent it, or does not say who (RFC 9207)', async () => {
    const mixedUp = await answerOf(newcomer());
    expect((await complete({ ...mixedUp, iss: 'https://other.example' })).status).toBe(401);
    const { iss: _, ...silent } = await answerOf(newcomer());
    expect((await complete(silent)).status).toBe(401);
    expect(await reasons()).toEqual(['answer', 'answer']);
  });

  it('refuses a login after ten minutes, and a login token that nobody was given', async () => {
    const answer = await answerOf(newcomer());
    people.clock.advance(11 * 60_000);
    expect((await complete(answer)).status).toBe(401);
    expect((await complete({ ...answer, loginToken: 'made-up' })).status).toBe(401);
    expect(await reasons()).toEqual(['login', 'login']);
  });

  describe('with a token endpoint that lies', () => {
    let foreign: JWK;

    beforeAll(async () => {
      const { privateKey } = await generateKeyPair('ES256', { extractable: true });
      foreign = { ...(await exportJWK(privateKey)), kid: 'company-1', alg: 'ES256' };
    });

    type Token = (good: JWTPayload) => Promise<string> | string;

    const signed = async (claims: JWTPayload, key: JWK = company.key): Promise<string> =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', kid: 'company-1' })
        .sign(await importJWK(key, 'ES256'));
    const encoded = (value: object): string =>
      Buffer.from(JSON.stringify(value)).toString('base64url');

    /** A whole sign-in whose ID token is made here, from the claims of a good one. */
    async function withToken(token: Token): Promise<Reply> {
      company.person = newcomer();
      const { body } = await begin();
      const url = new URL(body.authorizationUrl as string);
      const answer = await company.visit(url.href);
      const now = Math.floor(Date.now() / 1000);
      const good = {
        ...company.person,
        iss: company.issuer,
        aud: clientId,
        nonce: url.searchParams.get('nonce'),
        iat: now,
        exp: now + 300,
        auth_time: now,
      } as unknown as JWTPayload;
      company.forgery = async () => ({
        access_token: 'opaque',
        token_type: 'bearer',
        id_token: await token(good),
      });
      return complete({
        loginToken: body.loginToken as string,
        ...(Object.fromEntries(answer) as unknown as Omit<Answer, 'loginToken'>),
      });
    }

    it('takes the good token from which the bad ones are made', async () => {
      expect((await withToken((good) => signed(good))).status).toBe(201);
    });

    it.each<[string, Token]>([
      ['another nonce', (good) => signed({ ...good, nonce: 'another' })],
      ['no nonce', ({ nonce: _, ...good }) => signed(good)],
      ['another issuer', (good) => signed({ ...good, iss: 'https://other.example' })],
      ['another audience', (good) => signed({ ...good, aud: 'another-client' })],
      [
        'another authorized party',
        (good) => signed({ ...good, aud: [clientId, 'another'], azp: 'another' }),
      ],
      [
        'an end in the past',
        (good) => signed({ ...good, exp: Math.floor(Date.now() / 1000) - 60 }),
      ],
      [
        'an authentication of yesterday',
        (good) => signed({ ...good, auth_time: Number(good.iat) - 86_400 }),
      ],
      ['no time of authentication', ({ auth_time: _, ...good }) => signed(good)],
      ['no subject', ({ sub: _, ...good }) => signed(good)],
      ['a signature of another key', (good) => signed(good, foreign)],
      ['no signature', (good) => `${encoded({ alg: 'none' })}.${encoded(good)}.`],
      [
        'a signature under the client secret',
        (good) =>
          new SignJWT(good)
            .setProtectedHeader({ alg: 'HS256' })
            .sign(new TextEncoder().encode(clientSecret)),
      ],
      [
        'a body that was changed after signing',
        async (good) => {
          const [head, , signature] = (await signed(good)).split('.');
          return `${head!}.${encoded({ ...good, groups: ['probity-admins'] })}.${signature!}`;
        },
      ],
      ['no token at all', () => ''],
    ])('refuses %s', async (_, token) => {
      const reply = await withToken(token);
      expect(reply).toMatchObject({ status: 401, body: { code: 'staff.provider_refused' } });
      expect(await reasons()).toEqual(['answer']);
      expect(await people.events('staff.session_created')).toHaveLength(0);
    });
  });

  describe('and passwords', () => {
    it('are off for everybody else, with the answer of a wrong one', async () => {
      const { email, password } = await people.demoStaff('agent');
      const off = await people.post('/v1/staff-sessions', { email, password });
      expect(off).toMatchObject({ status: 401, body: { code: 'staff.credentials_invalid' } });
    });

    it('still sign a break-glass account in, which is told to security', async () => {
      const reply = await people.signInStaff('admin');
      expect(reply.status).toBe(201);
      expect(await people.events('staff.break_glass_used')).toHaveLength(1);
      const [message] = await people.outbox('security@probity.example');
      expect(message!.text).toContain('break-glass');
    });

    it('are sent no link where they are off', async () => {
      await people.post('/v1/staff-password-resets', { email: 'agent@probity.example' });
      const [asked] = await people.events('staff.password_reset_requested');
      expect(asked!.event.detail.result).toBe('not_eligible');
    });
  });
});
