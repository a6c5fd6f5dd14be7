import { createHmac, generateKeyPairSync } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  decodeJwt,
  exportJWK,
  exportSPKI,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
} from 'jose';

import { KeyStore, type SigningKey } from '../../src/platform/index.js';
import { jane, juan, People, type Reply } from './people.js';

type Header = JWTHeaderParameters & Record<string, unknown>;

describe('access tokens', () => {
  let people: People;
  let token: string;
  let claims: JWTPayload;
  let key: SigningKey;

  beforeAll(async () => {
    people = await People.open();
  });
  afterAll(() => people.close());
  beforeEach(async () => {
    ({ token } = await people.signIn(jane));
    claims = decodeJwt(token);
    [key] = people.app.get(KeyStore).signingKeys('access-token') as [SigningKey];
  });

  const ask = (forged: string): Promise<Reply> => people.get('/v1/authenticators', forged);
  const header = (change: Record<string, unknown> = {}): Header => ({
    alg: 'EdDSA',
    typ: 'at+jwt',
    kid: key.keyId,
    ...change,
  });
  const sign = (
    change: Record<string, unknown>,
    headerChange: Record<string, unknown> = {},
  ): Promise<string> =>
    new SignJWT({ ...claims, ...change })
      .setProtectedHeader(header(headerChange))
      .sign(key.privateKey);
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');

  it('are accepted as issued, and as signed anew by the same key', async () => {
    expect((await ask(token)).status).toBe(200);
    expect((await ask(await sign({}))).status).toBe(200);
  });

  it('state who proved what and when', () => {
    expect(claims).toMatchObject({ acr: 'aal1', amr: ['pin'], kind: 'customer' });
    expect(claims).toHaveProperty('auth_time');
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

  const now = (): number => Math.floor(people.clock.now().getTime() / 1000);
  const foreign = generateKeyPairSync('ed25519');
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

  const forgeries: Record<string, () => Promise<string> | string> = {
    'without a signature (alg none)': () =>
      `${encode({ ...header(), alg: 'none' })}.${encode(claims)}.`,
    'with alg none and the old signature': () =>
      `${encode({ ...header(), alg: 'none' })}.${encode(claims)}.${token.split('.')[2]!}`,
    'with alg None in another spelling': () =>
      `${encode({ ...header(), alg: 'nOnE' })}.${encode(claims)}.`,
    'signed by HMAC under the public key': async () => {
      const input = `${encode({ ...header(), alg: 'HS256' })}.${encode(claims)}`;
      const pem = await exportSPKI(key.publicKey);
      return `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`;
    },
    'signed by HMAC under the raw public key': () => {
      const input = `${encode({ ...header(), alg: 'HS256' })}.${encode(claims)}`;
      return `${input}.${createHmac('sha256', key.publicKeyBytes).update(input).digest('base64url')}`;
    },
    'signed by a foreign key under our kid': () =>
      new SignJWT(claims).setProtectedHeader(header()).sign(foreign.privateKey),
    'signed by a foreign key under a foreign kid': () =>
      new SignJWT(claims).setProtectedHeader(header({ kid: 'foreign' })).sign(foreign.privateKey),
    'signed by the key it brings along (jwk)': async () =>
      new SignJWT(claims)
        .setProtectedHeader(header({ jwk: await exportJWK(foreign.publicKey) }))
        .sign(foreign.privateKey),
    'signed by a key at an address it names (jku)': () =>
      new SignJWT(claims)
        .setProtectedHeader(header({ kid: 'x', jku: 'https://evil.example/jwks.json' }))
        .sign(foreign.privateKey),
    'with a path for a kid': () =>
      new SignJWT(claims)
        .setProtectedHeader(header({ kid: '../../dev/null' }))
        .sign(foreign.privateKey),
    'signed with RSA': () =>
      new SignJWT(claims).setProtectedHeader(header({ alg: 'RS256' })).sign(rsa.privateKey),
    'with a critical extension that nobody knows': () => {
      const head = encode({ ...header(), crit: ['exp2'], exp2: 1 });
      return `${head}.${encode(claims)}.${token.split('.')[2]!}`;
    },
    'of another issuer': () => sign({ iss: 'https://evil.example' }),
    'without an issuer': () => sign({ iss: undefined }),
    'for another audience': () => sign({ aud: 'https://other.example' }),
    'without an audience': () => sign({ aud: undefined }),
    'of another type': () => sign({}, { typ: 'JWT' }),
    'without a type': () => sign({}, { typ: undefined }),
    'that expired': () => sign({ exp: now() - 60 }),
    'that never expires': () => sign({ exp: undefined }),
    'that is not good yet': () => sign({ nbf: now() + 3600 }),
    'issued in the future': () => sign({ iat: now() + 3600, exp: now() + 7200 }),
    'issued too long ago': () => sign({ iat: now() - 100_000 }),
    'without a jti': () => sign({ jti: undefined }),
    'without a session': () => sign({ sid: undefined }),
    'of a session that does not exist': () => sign({ sid: '00000000-0000-4000-8000-000000000000' }),
    'of somebody else in our session': () => sign({ sub: '00000000-0000-4000-8000-000000000000' }),
    'that states more than the session has proven': () => sign({ acr: 'aal2' }),
    'with an assurance that does not exist': () => sign({ acr: 'aal9' }),
    'without an assurance': () => sign({ acr: undefined }),
    'of another kind of actor': () => sign({ kind: 'staff' }),
    'with a changed claim under the old signature': () => {
      const [head, , signature] = token.split('.');
      return `${head!}.${encode({ ...claims, acr: 'aal2' })}.${signature!}`;
    },
    'with a cut signature': () => token.slice(0, -4),
    'with two parts': () => token.split('.').slice(0, 2).join('.'),
    'that is no token': () => 'not-a-token',
  };

  it.each(Object.keys(forgeries))('are refused %s, with one answer for all', async (name) => {
    const { status, body, headers } = await ask(await forgeries[name]!());
    expect(status).toBe(401);
    expect(body.code).toBe('token.invalid');
    expect(headers.get('www-authenticate')).toBe('Bearer realm="probity", error="invalid_token"');
  });

  it('of a customer are refused where staff is asked for', async () => {
    const { status, body } = await people.call('DELETE', '/v1/staff-sessions/current', { token });
    expect(status).toBe(401);
    expect(body.code).toBe('token.invalid');
  });

  it('are asked for with a challenge that names no error where none came', async () => {
    const { status, headers } = await people.get('/v1/authenticators');
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toBe('Bearer realm="probity"');
  });

  it('of one customer never stand for another', async () => {
    const other = await people.signIn(juan);
    const own = decodeJwt(other.token);
    expect((await ask(await sign({ sub: own.sub }))).status).toBe(401);
    expect((await ask(await sign({ sid: own['sid'] }))).status).toBe(401);
  });
});
