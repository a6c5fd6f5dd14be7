import { createHmac, generateKeyPairSync, randomUUID, sign as signBytes } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt, exportJWK, exportSPKI, type JWTPayload, SignJWT } from 'jose';

import { GuestTokens } from '../../src/identity/index.js';
import {
  AppDatabase,
  type ConversationId,
  KeyStore,
  type SigningKey,
  type SubjectRef,
} from '../../src/platform/index.js';
import { jane, juan, People, type Reply } from './people.js';

const kinds = ['customer', 'guest', 'staff', 'client'] as const;
type Kind = (typeof kinds)[number];

/** A good token and what forgers make of it. */
interface Original {
  readonly token: string;
  readonly claims: JWTPayload;
}

type Forgery = (original: Original) => Promise<string> | string;

const encode = (part: object | string): string =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
const partsOf = ({ token }: Original): readonly [string, string, string] =>
  token.split('.') as [string, string, string];

const foreign = generateKeyPairSync('ed25519');
const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const nobody = '00000000-0000-4000-8000-000000000000';

let people: People;
let key: SigningKey;
const originals = new Map<Kind, Original>();

/** A route that takes every kind of token: 401 is said of the token alone. */
const ask = (token: string): Promise<Reply> => people.get('/v1/api-clients', token);
const now = (): number => Math.floor(people.clock.now().getTime() / 1000);
const header = (change: Record<string, unknown> = {}): Record<string, unknown> => ({
  alg: 'EdDSA',
  typ: 'at+jwt',
  kid: key.keyId,
  ...change,
});

/** Signed by our own key: only what the token says is wrong. */
function signed(head: object | string, claims: object | string): string {
  const input = `${encode(head)}.${encode(claims)}`;
  return `${input}.${signBytes(null, Buffer.from(input), key.privateKey).toString('base64url')}`;
}
const saying =
  (change: Record<string, unknown> | (() => Record<string, unknown>)): Forgery =>
  ({ claims }) =>
    signed(header(), { ...claims, ...(typeof change === 'function' ? change() : change) });
const headed =
  (change: Record<string, unknown>): Forgery =>
  ({ claims }) =>
    signed(header(change), claims);
const byForeign =
  (change: () => Promise<Record<string, unknown>> | Record<string, unknown>): Forgery =>
  async ({ claims }) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'EdDSA', ...header(await change()) })
      .sign(foreign.privateKey);
const byMac =
  (secret: () => Promise<string> | Buffer): Forgery =>
  async ({ claims }) => {
    const input = `${encode(header({ alg: 'HS256' }))}.${encode(claims)}`;
    return `${input}.${createHmac('sha256', await secret())
      .update(input)
      .digest('base64url')}`;
  };

const forgeries: Record<string, Forgery> = {
  'without a signature (alg none)': ({ claims }) =>
    `${encode(header({ alg: 'none' }))}.${encode(claims)}.`,
  'with alg none and the old signature': (original) =>
    `${encode(header({ alg: 'none' }))}.${encode(original.claims)}.${partsOf(original)[2]}`,
  'with alg none in another spelling': ({ claims }) =>
    `${encode(header({ alg: 'nOnE' }))}.${encode(claims)}.`,
  'signed by HMAC under the public key': byMac(() => exportSPKI(key.publicKey)),
  'signed by HMAC under the raw public key': byMac(() => key.publicKeyBytes),
  'signed with RSA under our kid': ({ claims }) =>
    new SignJWT(claims).setProtectedHeader({ ...header(), alg: 'RS256' }).sign(rsa.privateKey),
  'signed with ES256 under our kid': ({ claims }) =>
    new SignJWT(claims).setProtectedHeader({ ...header(), alg: 'ES256' }).sign(curve.privateKey),
  'signed by a foreign key under our kid': byForeign(() => ({})),
  'signed by a foreign key under a foreign kid': byForeign(() => ({ kid: 'foreign' })),
  'signed by the key of the log': ({ claims }) =>
    new SignJWT(claims)
      .setProtectedHeader({ ...header(), alg: 'EdDSA' })
      .sign(people.app.get(KeyStore).signingKeys('log')[0]!.privateKey),
  'signed by the key it brings along (jwk)': byForeign(async () => ({
    jwk: await exportJWK(foreign.publicKey),
  })),
  'signed by a key at an address it names (jku)': byForeign(() => ({
    jku: 'https://evil.example/jwks.json',
  })),
  'signed by a certificate it names (x5u)': byForeign(() => ({
    x5u: 'https://evil.example/c.pem',
  })),
  'signed by a certificate it brings along (x5c)': byForeign(() => ({ x5c: ['MIIB'] })),
  'with a path for a kid': byForeign(() => ({ kid: '../../dev/null' })),
  'with a statement for a kid': byForeign(() => ({ kid: "x' OR '1'='1" })),
  'with a list for a kid': headed({ kid: [] }),
  'without a kid': headed({ kid: undefined }),
  'of our key under a member it need not have (jwk)': headed({ jwk: {} }),
  'of our key by the newer name of its algorithm': headed({ alg: 'Ed25519' }),
  'with a critical extension that nobody knows': headed({ crit: ['exp2'], exp2: 1 }),
  'with a payload that is not encoded (b64)': headed({ crit: ['b64'], b64: false }),
  'packed (zip)': headed({ zip: 'DEF' }),
  'with a header member twice': ({ claims }) =>
    signed(`{"alg":"none","alg":"EdDSA","typ":"at+jwt","kid":"${key.keyId}"}`, claims),
  'with blanks in its header': ({ claims }) =>
    signed(`{ "alg":"EdDSA","typ":"at+jwt","kid":"${key.keyId}"}`, claims),
  'of another type': headed({ typ: 'JWT' }),
  'without a type': headed({ typ: undefined }),
  'that is an identity token': headed({ typ: 'id_token' }),
  'of another issuer': saying({ iss: 'https://evil.example' }),
  'of our issuer and another': saying({ iss: ['https://probity.example'] }),
  'without an issuer': saying({ iss: undefined }),
  'for another audience': saying({ aud: 'https://other.example' }),
  'for us and another': saying({ aud: ['https://probity.example/v1', 'https://other.example'] }),
  'without an audience': saying({ aud: undefined }),
  'that expired': saying(() => ({ iat: now() - 200, exp: now() - 60 })),
  'that expires in words': saying({ exp: 'tomorrow' }),
  'that never expires': saying({ exp: undefined }),
  'that ends before it begins': saying(() => ({ iat: now(), exp: now() - 1 })),
  'that is not good yet': saying(() => ({ nbf: now() + 3600 })),
  'issued in the future': saying(() => ({ iat: now() + 100, exp: now() + 200 })),
  'without the time of its issue': saying({ iat: undefined }),
  'that lives longer than any of ours': saying(() => ({ exp: now() + 90_000 })),
  'without an id': saying({ jti: undefined }),
  'with an object for an id': saying({ jti: { $ne: null } }),
  'without a subject': saying({ sub: undefined }),
  'with a list for a subject': ({ claims }) =>
    signed(header(), { ...claims, sub: [claims.sub ?? ''] }),
  'of somebody else': saying({ sub: nobody }),
  'of no kind': saying({ kind: undefined }),
  'of a kind that does not exist': saying({ kind: 'service' }),
  'whose claims are no object': () => signed(header(), '"claims"'),
  'whose claims are a list': ({ claims }) => signed(header(), [claims]),
  'with a changed claim under the old signature': (original) => {
    const [head, , signature] = partsOf(original);
    return `${head}.${encode({ ...original.claims, jti: randomUUID() })}.${signature}`;
  },
  'with a cut signature': ({ token }) => token.slice(0, -4),
  'with a longer signature': ({ token }) => `${token}AAAA`,
  'with its signature spelt differently': ({ token }) => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    return token.slice(0, -1) + alphabet[alphabet.indexOf(token.at(-1)!) + 1]!;
  },
  'with padding': ({ token }) => `${token}==`,
  'with two parts': ({ token }) => token.split('.').slice(0, 2).join('.'),
  'with four parts': ({ token }) => `${token}.AAAA`,
  'encrypted, with five parts': ({ token }) => `${token}.AAAA.AAAA`,
  'with nothing between its dots': () => '..',
  'that is huge': ({ token }) => token + 'A'.repeat(10_000),
  'that is no token': () => 'not-a-token',
};

/** What only tokens of persons say. */
const personal: Record<string, Forgery> = {
  'without a session': saying({ sid: undefined }),
  'of a session that does not exist': saying({ sid: nobody }),
  'without an assurance': saying({ acr: undefined }),
  'with an assurance that does not exist': saying({ acr: 'aal9' }),
  'with a list for an assurance': saying({ acr: ['aal2'] }),
  'without its references': saying({ amr: undefined }),
  'with a text for its references': saying({ amr: 'pwd otp' }),
  'with references in references': saying({ amr: [['pwd']] }),
  'without the time of the login': saying({ auth_time: undefined }),
  'with a login before all time': saying({ auth_time: -1 }),
};

const clients: Record<string, Forgery> = {
  'of another client': saying({ client_id: nobody }),
  'of a key that does not exist': saying({ client_key: nobody }),
  'without its key': saying({ client_key: undefined }),
  'without a scope': saying({ scope: undefined }),
  'with a list of scopes': saying({ scope: ['ledger'] }),
};

const tableOf = (kind: Kind): Record<string, Forgery> => ({
  ...forgeries,
  ...(kind === 'client' ? clients : personal),
  ...(kind === 'staff' || kind === 'client'
    ? {}
    : { 'that states more than the session has proven': saying({ acr: 'aal2' }) }),
  ...Object.fromEntries(
    kinds
      .filter((other) => other !== kind)
      .map((other) => [`that calls itself ${other}`, saying({ kind: other })]),
  ),
});

beforeAll(async () => {
  people = await People.open();
  [key] = people.app.get(KeyStore).signingKeys('access-token') as [SigningKey];
  const staff = (await people.signInStaff('admin')).body.accessToken as string;
  const tokens: Record<Kind, string> = {
    customer: (await people.signIn(jane)).token,
    guest: await guestToken(),
    staff,
    client: await clientToken(staff),
  };
  for (const kind of kinds) {
    originals.set(kind, { token: tokens[kind], claims: decodeJwt(tokens[kind]) });
  }
});
afterAll(() => people.close());

function guestToken(): Promise<string> {
  const database = people.app.get(AppDatabase);
  const tx = {
    now: people.clock.now(),
    query: <Row extends object>(sql: string, parameters: readonly unknown[] = []) =>
      database.query<Row[]>(sql, [...parameters]),
  };
  return people.app
    .get(GuestTokens)
    .issue(tx, randomUUID() as ConversationId, randomUUID() as SubjectRef);
}

async function clientToken(admin: string): Promise<string> {
  const keys = generateKeyPairSync('ed25519');
  const { body: client } = await people.post(
    '/v1/api-clients',
    { name: 'Mirror', scopes: ['ledger'], jwk: await exportJWK(keys.publicKey) },
    admin,
  );
  const id = client.id as string;
  const assertion = await new SignJWT({ jti: randomUUID() })
    .setProtectedHeader({ alg: 'EdDSA' })
    .setIssuer(id)
    .setSubject(id)
    .setAudience('https://probity.example')
    .setExpirationTime(now() + 60)
    .sign(keys.privateKey);
  const { body } = await people.postForm('/v1/oauth/token', {
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  });
  return body.access_token as string;
}

describe.each(kinds)('access tokens of a %s', (kind) => {
  const original = (): Original => originals.get(kind)!;

  it('are accepted as issued, and as signed anew by the same key', async () => {
    expect((await ask(original().token)).status).not.toBe(401);
    expect((await ask(signed(header(), original().claims))).status).not.toBe(401);
  });

  it.each(Object.keys(tableOf(kind)))('are refused %s, with one answer for all', async (name) => {
    const { status, body, headers } = await ask(await tableOf(kind)[name]!(original()));
    expect(status).toBe(401);
    expect(body.code).toBe('token.invalid');
    expect(headers.get('www-authenticate')).toBe('Bearer realm="probity", error="invalid_token"');
  });
});

describe('access tokens', () => {
  it('state who proved what and when, and no number of a customer', () => {
    const { claims } = originals.get('customer')!;
    expect(claims).toMatchObject({ acr: 'aal1', amr: ['pin'], kind: 'customer' });
    expect(claims.exp! - claims.iat!).toBe(300);
    expect(JSON.stringify(claims)).not.toContain(jane.customerNumber);
  });

  it('verify with the published key set', async () => {
    const { status, body } = await people.get('/.well-known/jwks.json');
    expect(status).toBe(200);
    expect(body.keys[0]).toEqual({
      kty: 'OKP',
      crv: 'Ed25519',
      use: 'sig',
      alg: 'EdDSA',
      kid: key.keyId,
      x: key.publicKeyBytes.toString('base64url'),
    });
  });

  it('of a customer are refused where staff is asked for', async () => {
    const { token } = originals.get('customer')!;
    const { status, body } = await people.call('DELETE', '/v1/staff-sessions/current', { token });
    expect([status, body.code]).toEqual([401, 'token.invalid']);
  });

  it('are asked for with a challenge that names no error where none came', async () => {
    const { status, headers } = await people.get('/v1/authenticators');
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toBe('Bearer realm="probity"');
  });

  it('of one customer never stand for another', async () => {
    const { claims } = originals.get('customer')!;
    const own = decodeJwt((await people.signIn(juan)).token);
    expect((await ask(signed(header(), { ...claims, sub: own.sub }))).status).toBe(401);
    expect((await ask(signed(header(), { ...claims, sid: own['sid'] }))).status).toBe(401);
  });

  it('end with their session', async () => {
    const { token } = await people.newSession();
    expect((await ask(token)).status).toBe(403);
    await people.call('DELETE', '/v1/customer-sessions/current', { token });
    expect((await ask(token)).status).toBe(401);
  });
});

describe('a rotation of the key of access tokens', () => {
  it('keeps the tokens of the old key until the last has ended, on a running service, and is recorded once', async () => {
    const rotating = await People.open({ instances: 2 });
    const [first, second] = rotating.apps.map((app) => app.get(KeyStore));
    const old = decodeProtected((await rotating.signIn(jane)).token);
    const before = (await rotating.signIn(jane)).token;

    const { keyId } = await first!.rotate('access-token');

    // The other process learns of the key by the first token that names it.
    const fresh = (await rotating.signIn(jane)).token;
    expect(decodeProtected(fresh)).toBe(keyId);
    for (const instance of [1, 0]) {
      for (const token of [before, fresh]) {
        const { status } = await rotating.call('GET', '/v1/authenticators', { token, instance });
        expect(status).toBe(200);
      }
    }
    expect(second!.signingKeys('access-token')[0]!.keyId).toBe(keyId);
    const kids = async (): Promise<string[]> =>
      ((await rotating.get('/.well-known/jwks.json')).body.keys as { kid: string }[]).map(
        ({ kid }) => kid,
      );
    expect(await kids()).toEqual([keyId, old]);
    const retired = second!.signingKeys('access-token')[1]!;

    await Promise.all([rotating.runJobs(0), rotating.runJobs(1)]);
    await rotating.runJobs(1);
    const [event, ...more] = await rotating.events('key.rotated');
    expect(event!.event.detail).toMatchObject({ name: 'access-token', keyId });
    expect(more).toEqual([]);

    rotating.clock.advance(25 * 3_600_000 + 1000);
    expect(await kids()).toEqual([keyId]);
    const late = decodeJwt((await rotating.signIn(jane)).token);
    const input = `${encode({ alg: 'EdDSA', typ: 'at+jwt', kid: old })}.${encode(late)}`;
    const signature = signBytes(null, Buffer.from(input), retired.privateKey);
    const token = `${input}.${signature.toString('base64url')}`;
    expect((await rotating.get('/v1/authenticators', token)).status).toBe(401);
    await rotating.close();
  });
});

function decodeProtected(token: string): string {
  const [head = ''] = token.split('.');
  return (JSON.parse(Buffer.from(head, 'base64url').toString()) as { kid: string }).kid;
}
