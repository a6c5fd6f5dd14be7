import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';

import { exportJWK, SignJWT } from 'jose';
import {
  allowInsecureRequests,
  clientCredentialsGrant,
  Configuration,
  PrivateKeyJwt,
} from 'openid-client';

import { Probity, type Reply } from '../../support/app.js';
import { type Service } from '../../../src/service.js';

const issuer = 'https://probity.example';
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

let probity: Probity;
let other: Service;
let admin: string;

beforeAll(async () => {
  probity = await Probity.open();
  other = await probity.second();
  admin = await probity.staff('admin');
});
afterAll(async () => {
  await other.close();
  await probity.close();
});

interface Client {
  readonly id: string;
  readonly keyId: string;
  readonly kid: string;
  readonly privateKey: KeyObject;
}

const pair = (): { publicKey: KeyObject; privateKey: KeyObject } => generateKeyPairSync('ed25519');

async function register(keys = pair(), scopes = ['ledger']): Promise<Client> {
  const jwk = await exportJWK(keys.publicKey);
  const { body } = await probity.post('/v1/api-clients', { name: 'Mirror', scopes, jwk }, admin);
  const [key] = body.keys as { id: string; kid: string }[];
  return { id: body.id as string, keyId: key!.id, kid: key!.kid, privateKey: keys.privateKey };
}

const seconds = (): number => Math.floor(Date.now() / 1000);

const assertionOf = (
  { id, kid, privateKey }: Client,
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
): Promise<string> =>
  new SignJWT({
    iss: id,
    sub: id,
    aud: issuer,
    jti: randomUUID(),
    iat: seconds(),
    exp: seconds() + 60,
    ...claims,
  })
    .setProtectedHeader({ alg: 'EdDSA', kid, ...header })
    .sign(privateKey);

async function ask(parameters: Record<string, string> | string, url = probity.url): Promise<Reply> {
  const response = await fetch(`${url}/v1/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(parameters).toString(),
  });
  const text = await response.text();
  const { status, headers } = response;
  return { status, headers, text, body: JSON.parse(text) as unknown };
}

const askWith = (assertion: string, url?: string): Promise<Reply> =>
  ask(
    {
      grant_type: 'client_credentials',
      client_assertion_type: assertionType,
      client_assertion: assertion,
    },
    url,
  );

const tokenOf = async (client: Client): Promise<string> =>
  (await askWith(await assertionOf(client))).body.access_token as string;

const reads = async (token: string, url = probity.url): Promise<number> =>
  (
    await fetch(`${url}/v1/ledger/log/checkpoint`, {
      headers: { authorization: `Bearer ${token}` },
    })
  ).status;

describe('the token endpoint', () => {
  it('gives a client a token of five minutes for an assertion, and the token opens what its scope names', async () => {
    const client = await register();

    const { status, body, headers } = await askWith(await assertionOf(client));

    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 300, scope: 'ledger' });
    expect(body).not.toHaveProperty('refresh_token');
    expect([200, 404]).toContain(await reads(body.access_token as string));
    expect((await probity.get('/v1/ledger/events', body.access_token as string)).status).toBe(403);
    expect((await probity.events('client.token_issued')).at(-1)).toMatchObject({
      resource: { kind: 'api-client', id: client.id },
      detail: { keyId: client.keyId, scopes: ['ledger'] },
    });
  });

  it('serves a client library that knows nothing of us but the metadata', async () => {
    const client = await register();
    const { body: metadata } = await probity.get('/.well-known/oauth-authorization-server');
    expect(metadata).toMatchObject({ issuer, scopes_supported: ['ledger'] });
    const configuration = new Configuration(
      { ...metadata, token_endpoint: `${probity.url}/v1/oauth/token` },
      client.id,
      undefined,
      PrivateKeyJwt({
        key: await crypto.subtle.importKey(
          'pkcs8',
          client.privateKey.export({ format: 'der', type: 'pkcs8' }),
          'Ed25519',
          false,
          ['sign'],
        ),
        kid: client.kid,
      }),
    );
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so that nobody uses it off loopback
    allowInsecureRequests(configuration);

    const tokens = await clientCredentialsGrant(configuration, { scope: 'ledger' });
    expect(tokens.expires_in).toBe(300);
    await expect(clientCredentialsGrant(configuration, { scope: 'money' })).rejects.toMatchObject({
      error: 'invalid_scope',
    });
  });

  it.each([
    ['ES256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['PS256', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ])('takes a key of %s as well', async (alg, makeKeys) => {
    const client = await register(makeKeys());
    expect((await askWith(await assertionOf(client, {}, { alg }))).status).toBe(200);
  });

  it('takes an assertion once, of fifty at once on two processes', async () => {
    const assertion = await assertionOf(await register());

    const replies = await Promise.all(
      Array.from({ length: 50 }, (_, turn) =>
        askWith(assertion, turn % 2 === 0 ? probity.url : other.url),
      ),
    );

    const statuses = replies.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, ...Array<number>(49).fill(401)]);
  });

  const foreign = pair();
  const assertions: Record<string, (client: Client) => Promise<string> | string> = {
    'of a client nobody knows': (client) =>
      assertionOf({ ...client, id: '00000000-0000-4000-8000-000000000000' }),
    'of a client whose name is no id': (client) =>
      assertionOf(client, { sub: 'admin', iss: 'admin' }),
    'signed by another key': (client) => assertionOf({ ...client, privateKey: foreign.privateKey }),
    'signed by the key it brings along': async (client) =>
      assertionOf(
        { ...client, privateKey: foreign.privateKey },
        {},
        {
          jwk: await exportJWK(foreign.publicKey),
        },
      ),
    'under another key name': (client) => assertionOf(client, {}, { kid: 'other' }),
    'for another server': (client) => assertionOf(client, { aud: 'https://evil.example' }),
    'for us and others': (client) => assertionOf(client, { aud: [issuer, 'https://evil.example'] }),
    'for our token endpoint': (client) => assertionOf(client, { aud: `${issuer}/v1/oauth/token` }),
    'of another issuer': (client) => assertionOf(client, { iss: randomUUID() }),
    'without an id': (client) => assertionOf(client, { jti: undefined }),
    'with a list for an id': (client) => assertionOf(client, { jti: ['a', 'b'] }),
    'that expired': (client) => assertionOf(client, { exp: seconds() - 60 }),
    'that never expires': (client) => assertionOf(client, { exp: undefined }),
    'that lives a day': (client) => assertionOf(client, { exp: seconds() + 86_400 }),
    'that is not good yet': (client) => assertionOf(client, { nbf: seconds() + 60 }),
    'of tomorrow': (client) => assertionOf(client, { iat: seconds() + 86_400 }),
    'without a signature': async (client) => {
      const [, payload = ''] = (await assertionOf(client)).split('.');
      const header = Buffer.from(JSON.stringify({ alg: 'none', kid: client.kid }));
      return `${header.toString('base64url')}.${payload}.`;
    },
    'that is no JWT': () => 'nothing',
  };

  it.each(Object.keys(assertions))('refuses an assertion %s, with one answer', async (name) => {
    const client = await register();
    const { status, body, headers } = await askWith(await assertions[name]!(client));
    expect(status).toBe(401);
    expect(body).toMatchObject({ error: 'invalid_client', code: 'client.authentication_failed' });
    expect(headers.get('content-type')).toContain('application/json');
    expect(headers.get('www-authenticate')).toContain('invalid_client');
  });

  it('names what is wrong with a request by the codes of RFC 6749', async () => {
    const assertion = await assertionOf(await register());
    const credentials = { client_assertion_type: assertionType, client_assertion: assertion };
    expect((await ask(credentials)).body.error).toBe('invalid_request');
    expect((await ask({ ...credentials, grant_type: 'password' })).body.error).toBe(
      'unsupported_grant_type',
    );
    expect(
      (await ask({ ...credentials, grant_type: 'client_credentials', scope: 'money' })).body.error,
    ).toBe('invalid_scope');
    expect((await ask({ grant_type: 'client_credentials' })).body.error).toBe('invalid_client');
  });

  it('reads forms only, and no other route reads them', async () => {
    const json = await probity.post('/v1/oauth/token', { grant_type: 'client_credentials' });
    expect([json.status, json.body.code]).toEqual([415, 'input.unsupported_media_type']);
    const form = await probity.call('POST', '/v1/customer-sessions', {
      body: 'customerNumber=1',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect([form.status, form.body.code]).toEqual([415, 'input.unsupported_media_type']);
    expect((await ask('grant_type=a&grant_type=b')).status).toBe(400);
  });
});

describe('an integration client', () => {
  it('changes over to a new key while the old one is still good, and the old one’s tokens end with it', async () => {
    const client = await register();
    const keys = pair();
    const added = await probity.post(
      `/v1/api-clients/${client.id}/keys`,
      { jwk: { ...(await exportJWK(keys.publicKey)), kid: 'next' } },
      admin,
    );
    expect(added.status).toBe(201);
    const next: Client = { ...client, kid: 'next', privateKey: keys.privateKey };
    const [oldToken, newToken] = [await tokenOf(client), await tokenOf(next)];
    expect(await reads(oldToken, other.url)).not.toBe(401);

    const path = `/v1/api-clients/${client.id}/keys/${client.keyId}`;
    expect((await probity.call('DELETE', path, { token: admin })).status).toBe(200);

    expect(await reads(oldToken, other.url)).toBe(401);
    expect(await reads(newToken, other.url)).not.toBe(401);
    expect((await askWith(await assertionOf(client), other.url)).status).toBe(401);
    expect((await askWith(await assertionOf(next), other.url)).status).toBe(200);
    expect((await probity.call('DELETE', path, { token: admin })).status).toBe(404);
  });

  it('is refused on the other process once it is revoked', async () => {
    const client = await register();
    const token = await tokenOf(client);
    expect(await reads(token, other.url)).not.toBe(401);

    const revoked = await probity.call('DELETE', `/v1/api-clients/${client.id}`, { token: admin });

    expect(revoked.status).toBe(200);
    expect(await reads(token, other.url)).toBe(401);
    expect((await askWith(await assertionOf(client), other.url)).body.error).toBe('invalid_client');
  });

  it('is registered by administrators alone, and a refusal is an event', async () => {
    const jwk = await exportJWK(pair().publicKey);
    const body = { name: 'Mirror', scopes: ['ledger'], jwk };
    const agent = await probity.staff('agent');
    expect((await probity.post('/v1/api-clients', body, agent)).status).toBe(403);
    const client = await register();
    expect((await probity.post('/v1/api-clients', body, await tokenOf(client))).status).toBe(403);
    expect(
      (await probity.events('client.change_refused')).slice(-2).map(({ detail }) => detail['step']),
    ).toEqual(['create', 'create']);
    const { body: listed } = await probity.get('/v1/api-clients', await probity.staff('auditor'));
    expect(listed.items[0]).toMatchObject({ id: client.id, scopes: ['ledger'], revokedAt: null });
  });

  it('has five keys at most, each under a name of its own', async () => {
    const client = await register();
    const add = async (kid: string): Promise<Reply> =>
      probity.post(
        `/v1/api-clients/${client.id}/keys`,
        { jwk: { ...(await exportJWK(pair().publicKey)), kid } },
        admin,
      );
    expect((await add('a')).status).toBe(201);
    expect((await add('a')).body.code).toBe('client.key_exists');
    const replies = await Promise.all(['b', 'c', 'd', 'e', 'f'].map(add));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(3);
    expect((await add('g')).body.code).toBe('client.keys_exhausted');
  });

  it('is not registered with a scope, or a key, that is none', async () => {
    const jwk = await exportJWK(pair().publicKey);
    const create = (change: object): Promise<Reply> =>
      probity.post('/v1/api-clients', { name: 'x', scopes: ['ledger'], jwk, ...change }, admin);
    expect((await create({ scopes: ['money'] })).body.code).toBe('client.scope_unknown');
    expect((await create({ jwk: { ...jwk, d: 'c2VjcmV0' } })).status).toBe(400);
    expect((await create({ jwk: { ...jwk, x: 'AAAA' } })).status).toBe(400);
    const weak = await exportJWK(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey);
    expect((await create({ jwk: weak })).status).toBe(400);
    expect((await create({ jwk: { kty: 'oct', k: 'c2VjcmV0' } })).status).toBe(400);
  });
});
