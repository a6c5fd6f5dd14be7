import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, SignJWT } from 'jose';
import { generate } from 'otplib';

import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.js';

const burst = 60;
const right = 200;
const jane = { customerNumber: '100001', passcode: '246810' };
const juan = { customerNumber: '100002', passcode: '135791' };
const maria = { customerNumber: '100003', passcode: '112358', phone: '+14155550163' };
const olivia = { customerNumber: '100005', passcode: '271828', phone: '+447700900145' };
const noah = { customerNumber: '100006', passcode: '161803' };
const janesPhone = '+14155550134';
const juansPhone = '+14155550178';
const bankIssuer = 'https://login.bank.example';
const audience = 'https://probity.example';
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const bank = generateKeyPairSync('ed25519');
// Every request comes from an address of its own, so that no limit by origin takes part.
let addresses = 0;

interface Reply {
  readonly status: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the wire is untyped
  readonly body: any;
}

const jwkOf = async ({ publicKey }: { publicKey: KeyObject }): Promise<object> => ({
  ...(await exportJWK(publicKey)),
  kid: 'one',
});

const issuersOf = (file: string): string => `
issuers:
  - issuer: ${bankIssuer}
    audience: ${audience}
    jwks: { file: '${file}' }
    algorithms: [EdDSA]
`;

/** Signed for a minute from now, and named once. */
const assertionOf = (
  claims: Readonly<Record<string, unknown>>,
  { privateKey, kid = 'one' }: { privateKey: KeyObject; kid?: string },
): Promise<string> => {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ jti: randomUUID(), iat: now, exp: now + 60, aud: audience, ...claims })
    .setProtectedHeader({ alg: 'EdDSA', kid })
    .sign(privateKey);
};

// Two processes of the service on one database, asked at the same moment. What one of them kept by
// itself, or read before it wrote, would let more than one through.
describe('Verification on two processes', () => {
  let database: TestDatabase;
  let dataDirectory: string;
  let processes: readonly ServiceProcess[] = [];
  const read = new Set<string>();

  beforeAll(async () => {
    database = await openTestDatabase();
    dataDirectory = await mkdtemp(join(tmpdir(), 'probity-race-'));
    await writeFile(
      join(dataDirectory, 'bank.json'),
      JSON.stringify({ keys: [await jwkOf(bank)] }),
    );
    await writeFile(
      join(dataDirectory, 'issuers.yaml'),
      issuersOf(join(dataDirectory, 'bank.json')),
    );
    const env = {
      ...database.env,
      PROBITY_TRUSTED_PROXIES: '127.0.0.1',
      PROBITY_ASSERTION_ISSUERS: join(dataDirectory, 'issuers.yaml'),
      LOG_LEVEL: 'warn',
    };
    const first = await startServiceProcess(dataDirectory, env);
    processes = [first, await startServiceProcess(dataDirectory, env)];
  }, 180_000);
  afterAll(async () => {
    await Promise.all(processes.map(({ child }) => child.end('SIGTERM')));
    await database.close();
    await rm(dataDirectory, { recursive: true, force: true });
  });

  async function send(
    method: string,
    path: string,
    { token, body, turn = 0 }: { token?: string; body?: unknown; turn?: number } = {},
  ): Promise<Reply> {
    addresses += 1;
    const response = await fetch(processes[turn % processes.length]!.url + path, {
      method,
      headers: {
        'x-forwarded-for': `198.51.${String(addresses >> 8)}.${String(addresses & 255)}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  }

  const post = (path: string, body: unknown, by: { token?: string; turn?: number } = {}) =>
    send('POST', path, { body, ...by });
  const signIn = async ({ customerNumber, passcode }: typeof jane): Promise<string> =>
    (await post('/v1/customer-sessions', { customerNumber, passcode })).body.accessToken as string;
  const attempt = (id: string, code: string, by: { token: string; turn?: number }) =>
    post(`/v1/challenges/${id}/attempts`, { code }, by);
  const atOnce = <Value>(one: (turn: number) => Promise<Value>): Promise<Value[]> =>
    Promise.all(Array.from({ length: burst }, (_, turn) => one(turn)));
  const rightOf = (replies: readonly Reply[]): Reply[] =>
    replies.filter(({ status }) => status === right);

  /** The newest code that reached a phone and was not read before; either process may have delivered it. */
  async function newestCode(phone: string): Promise<string> {
    const path = `/dev/outbox?destination=${encodeURIComponent(phone)}`;
    for (let tries = 0; tries < 200; tries += 1) {
      const { body } = await send('GET', path);
      const fresh = (body.items as { id: string; text: string }[]).find(
        ({ id, text }) => /#\d{6}$/.test(text) && !read.has(id),
      );
      if (fresh) {
        read.add(fresh.id);
        return fresh.text.slice(-6);
      }
      await sleep(50);
    }
    throw new Error('No code arrived');
  }

  async function prove(token: string, phone: string, purpose: string): Promise<string> {
    const { body } = await post('/v1/challenges', { method: 'sms', purpose }, { token });
    const reply = await attempt(body.id as string, await newestCode(phone), { token });
    return reply.body.accessToken as string;
  }

  async function failureReasons(): Promise<Record<string, number>> {
    const rows = await database.query<{ reason: string; count: number }>(
      `SELECT event::jsonb #>> '{detail,reason}' AS reason, count(*)::int AS count FROM audit_events
       WHERE type = 'verification.challenge_failed' GROUP BY 1`,
    );
    return Object.fromEntries(rows.map(({ reason, count }) => [reason, count]));
  }

  it('evaluates five of sixty wrong codes, and consumes one of sixty right ones', async () => {
    const first = await signIn(juan);
    const { body: open } = await post(
      '/v1/challenges',
      { method: 'sms', purpose: 'dispute' },
      { token: first },
    );
    const code = await newestCode(juansPhone);
    const won = rightOf(
      await atOnce((turn) => attempt(open.id as string, code, { token: first, turn })),
    );
    expect(won).toHaveLength(1);

    const before = await failureReasons();
    const ask = { method: 'sms', purpose: 'balance-inquiry' };
    const { body } = await post('/v1/challenges', ask, { token: first });
    const good = Number(await newestCode(juansPhone));
    const wrong = (turn: number): string => String((good + 1 + turn) % 1_000_000).padStart(6, '0');
    const replies = await atOnce((turn) =>
      attempt(body.id as string, wrong(turn), { token: first, turn }),
    );
    expect(new Set(replies.map(({ status, body: { code: told } }) => `${status} ${told}`))).toEqual(
      new Set(['401 verification.failed']),
    );
    const after = await failureReasons();
    expect(after['wrong']! - (before['wrong'] ?? 0)).toBe(5);
    expect(after['budget']! - (before['budget'] ?? 0)).toBe(burst - 5);
  });

  it('sends one fresh code of sixty that are asked for once the cooldown is over, and none before', async () => {
    const token = await signIn(maria);
    const ask = { method: 'sms', purpose: 'balance-inquiry' };
    const { body } = await post('/v1/challenges', ask, { token });
    const id = body.id as string;
    const first = await newestCode(maria.phone);
    const again = () => atOnce((turn) => post(`/v1/challenges/${id}/resend`, {}, { token, turn }));
    const early = await again();
    expect(new Set(early.map(({ status }) => status))).toEqual(new Set([429]));

    await database.query(
      `UPDATE challenges SET sent_at = sent_at - interval '61 s' WHERE id = $1`,
      [id],
    );
    const replies = await again();
    expect(rightOf(replies)).toHaveLength(1);
    expect(replies.filter(({ status }) => status === 429)).toHaveLength(burst - 1);
    const second = await newestCode(maria.phone);
    expect((await attempt(id, first, { token })).status).toBe(401);
    expect((await attempt(id, second, { token })).status).toBe(right);
    const [sent] = await database.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM notifications WHERE challenge_id = $1',
      [id],
    );
    expect(sent!.count).toBe(2);
  });

  it('evaluates ten wrong codes of an account whatever they are for, and locks it once', async () => {
    const token = await signIn(olivia);
    const purposes = ['balance-inquiry', 'dispute', 'statement'];
    const open: { id: string; good: string }[] = [];
    for (const purpose of purposes) {
      const { body } = await post('/v1/challenges', { method: 'sms', purpose }, { token });
      open.push({ id: body.id as string, good: await newestCode(olivia.phone) });
    }
    const before = await failureReasons();
    await atOnce((turn) => {
      const { id, good } = open[turn % open.length]!;
      const code = String((Number(good) + 1 + turn) % 1_000_000).padStart(6, '0');
      return attempt(id, code, { token, turn });
    });
    const after = await failureReasons();
    expect(after['wrong']! - (before['wrong'] ?? 0)).toBe(10);
    expect(after['budget']! - (before['budget'] ?? 0)).toBe(burst - 10);
    const locked = await database.query(
      "SELECT id FROM audit_events WHERE type = 'verification.locked'",
    );
    expect(locked).toHaveLength(1);
    for (const { id, good } of open) expect((await attempt(id, good, { token })).status).toBe(401);
  });

  it('renews a session by one of sixty copies of its refresh token, and then ends it', async () => {
    const { body } = await post('/v1/customer-sessions', noah);
    const { accessToken: token, refreshToken } = body as Record<string, string>;
    const renew = (refresh: unknown, turn: number) =>
      post('/v1/customer-sessions/refresh', { refreshToken: refresh }, { turn });
    const replies = await atOnce((turn) => renew(refreshToken, turn));
    const [won, ...others] = replies.filter(({ status }) => status < 300);
    expect(others).toHaveLength(0);
    expect(replies.filter(({ status }) => status === 401)).toHaveLength(burst - 1);
    const reused = await database.query(
      "SELECT id FROM audit_events WHERE type = 'session.refresh_reused'",
    );
    expect(reused).toHaveLength(burst - 1);
    // Nobody can tell the thief from the owner: what the winner got is void as well.
    for (const turn of [0, 1]) {
      expect((await renew(won!.body.refreshToken, turn)).status).toBe(401);
      const mine = await send('GET', '/v1/authenticators', { token: token!, turn });
      expect(mine.status).toBe(401);
    }
  });

  it('enrols under one grant once, accepts one step of TOTP once and one recovery code once', async () => {
    const enrolling = await prove(await signIn(jane), janesPhone, 'factor-change');
    const enrolled = await atOnce((turn) =>
      post('/v1/authenticators', { method: 'totp' }, { token: enrolling, turn }),
    );
    const [pending, ...others] = enrolled.filter(({ status }) => status === 201);
    expect(others).toHaveLength(0);
    expect(enrolled.filter(({ status }) => status === 401)).toHaveLength(burst - 1);

    const uri = new URL(pending!.body.otpauthUri as string);
    const secret = uri.searchParams.get('secret')!;
    const now = Math.floor(Date.now() / 1000);
    // The step before confirms, so that the present one is free.
    const confirmation = await generate({ secret, epoch: now - 30 });
    const path = `/v1/authenticators/${pending!.body.id as string}/confirmations`;
    expect((await post(path, { code: confirmation }, { token: enrolling })).status).toBe(right);

    const ask = { method: 'totp', purpose: 'balance-inquiry' };
    const sessions = await Promise.all(Array.from({ length: 6 }, () => signIn(jane)));
    const challenges = await Promise.all(
      sessions.map(async (token, turn) => {
        const { body } = await post('/v1/challenges', ask, { token, turn });
        return { token, id: body.id as string };
      }),
    );
    const code = await generate({ secret, epoch: now });
    const judged = await atOnce((turn) => {
      const { id, token } = challenges[turn % challenges.length]!;
      return attempt(id, code, { token, turn });
    });
    expect(rightOf(judged)).toHaveLength(1);

    const renewed = await prove(await signIn(jane), janesPhone, 'factor-change');
    const { body: set } = await post(
      '/v1/authenticators',
      { method: 'recovery-code' },
      { token: renewed },
    );
    const [recovery] = set.codes as string[];
    const recoveries = await Promise.all(
      sessions.map(async (token, turn) => {
        const recover = { method: 'recovery-code', purpose: 'statement' };
        const { body } = await post('/v1/challenges', recover, { token, turn });
        return { token, id: body.id as string };
      }),
    );
    const redeemed = await atOnce((turn) => {
      const { id, token } = recoveries[turn % recoveries.length]!;
      return attempt(id, recovery!, { token, turn });
    });
    expect(rightOf(redeemed)).toHaveLength(1);
  });

  /** A member of the demo staff as far as the password leads, and the TOTP of the moment. */
  async function passwordOf(name: string): Promise<{ mfaToken: string; code: string }> {
    const { body } = await send('GET', '/dev/staff');
    const members = body.items as { email: string; password: string; totpSecret: string }[];
    const member = members.find(({ email }) => email === `${name}@probity.example`)!;
    const { email, password } = member;
    const first = await post('/v1/staff-sessions', { email, password });
    const { mfaToken } = first.body as { mfaToken: string };
    return { mfaToken, code: await generate({ secret: member.totpSecret }) };
  }

  async function staff(name: string): Promise<string> {
    const given = await passwordOf(name);
    return (await post('/v1/staff-sessions/mfa', given)).body.accessToken as string;
  }

  it('signs a member of staff in by one of sixty copies of a code', async () => {
    const signIns = await Promise.all(Array.from({ length: 4 }, () => passwordOf('finance')));
    const { code } = signIns[0]!;
    const replies = await atOnce((turn) => {
      const { mfaToken } = signIns[turn % signIns.length]!;
      return post('/v1/staff-sessions/mfa', { mfaToken, code }, { turn });
    });
    const accepted = replies.filter(({ status }) => status < 300);
    expect(accepted).toHaveLength(1);
    expect(replies.filter(({ status }) => status === 401)).toHaveLength(burst - 1);
  });

  it('takes one assertion of the bank, and one of an API client, once of sixty', async () => {
    const login = { iss: bankIssuer, sub: jane.customerNumber, amr: ['pwd'] };
    const now = Math.floor(Date.now() / 1000);
    const assertion = await assertionOf({ ...login, auth_time: now }, bank);
    const signedIn = await atOnce((turn) => post('/v1/customer-sessions', { assertion }, { turn }));
    expect(signedIn.map(({ status }) => status).sort()).toEqual([
      201,
      ...Array<number>(burst - 1).fill(401),
    ]);

    const keys = generateKeyPairSync('ed25519');
    const jwk = await exportJWK(keys.publicKey);
    const registration = { name: 'Mirror', scopes: ['ledger'], jwk };
    const { body } = await post('/v1/api-clients', registration, { token: await staff('admin') });
    const { id, keys: registered } = body as { id: string; keys: { kid: string }[] };
    const { kid } = registered[0]!;
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: assertionType,
      client_assertion: await assertionOf({ iss: id, sub: id }, { ...keys, kid }),
    });
    const given = await atOnce(async (turn) => {
      const url = `${processes[turn % processes.length]!.url}/v1/oauth/token`;
      return (await fetch(url, { method: 'POST', body: form })).status;
    });
    expect(given.sort()).toEqual([200, ...Array<number>(burst - 1).fill(401)]);
  });
});
