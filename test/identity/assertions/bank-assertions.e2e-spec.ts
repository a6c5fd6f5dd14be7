import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { jest } from '@jest/globals';
import { decodeJwt, exportJWK, SignJWT } from 'jose';

import { jane, Probity, type Reply } from '../../support/app.js';
import type { Service } from '../../../src/service.js';

const issuer = 'https://login.bank.example';
const fileIssuer = 'https://branch.bank.example';
const audience = 'https://probity.example';

interface Key {
  readonly kid: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}
const makeKey = (kid: string): Key => ({ kid, ...generateKeyPairSync('ed25519') });

/** The bank's key set over HTTP, as it stands at each moment. */
class KeyServer {
  keys: Key[] = [makeKey('first')];
  requests = 0;
  answer: 'keys' | 'redirect' | 'fault' | 'flood' = 'keys';
  readonly #server: Server = createServer((_, response) => {
    this.requests += 1;
    if (this.answer === 'redirect') {
      response.writeHead(302, { location: '/elsewhere' }).end();
    } else if (this.answer === 'fault') {
      response.writeHead(500).end();
    } else if (this.answer === 'flood') {
      response.writeHead(200).end(JSON.stringify({ keys: [], padding: 'x'.repeat(200_000) }));
    } else {
      void jwksOf(this.keys).then((text) => response.writeHead(200).end(text));
    }
  });

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}/jwks.json`;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => {
        resolve();
      });
      this.#server.closeAllConnections();
    });
  }
}

async function jwksOf(keys: readonly Key[]): Promise<string> {
  const jwks = keys.map(async ({ kid, publicKey }) => ({ ...(await exportJWK(publicKey)), kid }));
  return JSON.stringify({ keys: await Promise.all(jwks) });
}

const bank = new KeyServer();
const branchKey = makeKey('branch');
let folder: string;
let env: Record<string, string>;
let probity: Probity;
let other: Service;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'probity-issuers-'));
  await writeFile(join(folder, 'branch.json'), await jwksOf([branchKey]));
  await writeFile(join(folder, 'issuers.yaml'), issuersOf(await bank.open()));
  env = { PROBITY_ASSERTION_ISSUERS: join(folder, 'issuers.yaml') };
  probity = await Probity.open({ env });
  other = await probity.second();
});
afterAll(async () => {
  await other.close();
  await probity.close();
  await bank.close();
  await rm(folder, { recursive: true });
});

const issuersOf = (url: string): string => `
issuers:
  - issuer: ${issuer}
    audience: ${audience}
    jwks: { url: '${url}' }
    algorithms: [EdDSA]
    customerNumberClaim: customer_number
    requiredClaims: [branch]
  - issuer: ${fileIssuer}
    audience: ${audience}
    jwks: { file: '${join(folder, 'branch.json')}' }
    algorithms: [EdDSA]
`;

const seconds = (): number => Math.floor(Date.now() / 1000);

const assertionOf = (
  claims: Record<string, unknown> = {},
  { key = bank.keys[0]!, header = {} }: { key?: Key; header?: Record<string, unknown> } = {},
): Promise<string> =>
  new SignJWT({
    iss: issuer,
    aud: audience,
    sub: 'somebody',
    customer_number: jane.customerNumber,
    branch: 'main',
    amr: ['pwd', 'hwk'],
    auth_time: seconds() - 60,
    jti: randomUUID(),
    iat: seconds(),
    exp: seconds() + 60,
    ...claims,
  })
    .setProtectedHeader({ alg: 'EdDSA', kid: key.kid, ...header })
    .sign(key.privateKey);

const signIn = (assertion: string): Promise<Reply> =>
  probity.post('/v1/customer-sessions', { assertion });

describe('a bank assertion', () => {
  it('signs the customer in by the factors that the bank saw, and when it saw them', async () => {
    const loggedInAt = seconds() - 120;
    const { status, body } = await signIn(
      await assertionOf({ auth_time: loggedInAt, amr: ['pwd', 'hwk', 'user'] }),
    );

    expect(status).toBe(201);
    expect(body).toMatchObject({ expiresIn: 300, acr: 'aal1', amr: ['pwd', 'hwk'] });
    expect(decodeJwt(body.accessToken as string)).toMatchObject({
      auth_time: loggedInAt,
      method: 'assertion',
    });
    const own = decodeJwt(await probity.signIn(jane));
    expect(decodeJwt(body.accessToken as string).sub).toBe(own.sub);
    const raw = JSON.stringify(await probity.events('session.created'));
    expect(raw).not.toContain(jane.customerNumber);
  });

  it('is taken once, of fifty at once on two processes', async () => {
    const assertion = await assertionOf();
    const replies = await Promise.all(
      Array.from({ length: 50 }, (_, turn) =>
        fetch(`${turn % 2 === 0 ? probity.url : other.url}/v1/customer-sessions`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ assertion }),
        }),
      ),
    );
    const statuses = replies.map(({ status }) => status).sort();
    expect(statuses).toEqual([201, ...Array<number>(49).fill(401)]);
  });

  const foreign = makeKey('first');
  const refused: Record<string, () => Promise<string> | string> = {
    'of an issuer nobody knows': () => assertionOf({ iss: 'https://evil.example' }),
    'signed by a foreign key': () => assertionOf({}, { key: foreign }),
    'signed by the key it brings along': async () =>
      assertionOf(
        {},
        { key: foreign, header: { kid: 'x', jwk: await exportJWK(foreign.publicKey) } },
      ),
    'of one issuer under the key of another': () => assertionOf({}, { key: branchKey }),
    'for another audience': () => assertionOf({ aud: 'https://other.example' }),
    'for us and others': () => assertionOf({ aud: [audience, 'https://other.example'] }),
    'without a claim that the issuer must send': () => assertionOf({ branch: undefined }),
    'without an id': () => assertionOf({ jti: undefined }),
    'that expired': () => assertionOf({ exp: seconds() - 60 }),
    'that never expires': () => assertionOf({ exp: undefined }),
    'that lives an hour': () => assertionOf({ exp: seconds() + 3600 }),
    'made too long ago': () => assertionOf({ iat: seconds() - 200, exp: seconds() + 60 }),
    'of tomorrow': () => assertionOf({ iat: seconds() + 86_400, exp: seconds() + 86_460 }),
    'not good yet': () => assertionOf({ nbf: seconds() + 60 }),
    'of a login long ago': () => assertionOf({ auth_time: seconds() - 7200 }),
    'of a login to come': () => assertionOf({ auth_time: seconds() + 600 }),
    'without the time of the login': () => assertionOf({ auth_time: undefined }),
    'that names no factor': () => assertionOf({ amr: [] }),
    'that names no factor we know': () => assertionOf({ amr: ['user', 'kba'] }),
    'without a customer': () => assertionOf({ customer_number: undefined }),
    'with a list for a customer': () => assertionOf({ customer_number: [jane.customerNumber] }),
    'of a customer whom the bank does not know': () => assertionOf({ customer_number: '999999' }),
    'without a signature': async () => {
      const [, payload = ''] = (await assertionOf()).split('.');
      const head = Buffer.from(JSON.stringify({ alg: 'none', kid: 'first' }));
      return `${head.toString('base64url')}.${payload}.`;
    },
    'that is no JWT': () => 'a.b.c',
  };

  it.each(Object.keys(refused))('is refused %s, with one answer for all', async (name) => {
    const { status, body, headers } = await signIn(await refused[name]!());
    const { instance: _instance, ...rest } = body as Record<string, unknown>;
    const passcode = await probity.post('/v1/customer-sessions', {
      customerNumber: randomUUID().slice(0, 20),
      passcode: 'wrong',
    });
    const { instance: _other, ...expected } = passcode.body as Record<string, unknown>;
    expect([status, rest]).toEqual([401, expected]);
    expect(headers.get('www-authenticate')).toBe(passcode.headers.get('www-authenticate'));
  });

  it('tells the ledger why it was refused', async () => {
    const assertion = await assertionOf({ customer_number: '999999' });
    await signIn(assertion);
    await signIn(assertion);
    const reasons = (await probity.events('session.refused')).map(({ detail }) => detail['reason']);
    expect(reasons.slice(-2)).toEqual(['unknown', 'replay']);
  });

  it('of an issuer whose keys lie in a file is judged by the file as it stands', async () => {
    const claims = { iss: fileIssuer, sub: jane.customerNumber };
    expect((await signIn(await assertionOf(claims, { key: branchKey }))).status).toBe(201);
    const next = makeKey('next');
    const path = join(folder, 'branch.json');
    await writeFile(path, await jwksOf([next]));
    await utimes(path, new Date(), new Date(Date.now() + 5_000));
    expect((await signIn(await assertionOf(claims, { key: next }))).status).toBe(201);
    expect((await signIn(await assertionOf(claims, { key: branchKey }))).status).toBe(401);
  });
});

describe('the keys of an issuer', () => {
  it('are asked for once, and not again for every name that somebody makes up', async () => {
    const fresh = await Probity.open({ env });
    bank.requests = 0;
    const send = async (kid: string): Promise<number> =>
      (
        await fresh.post('/v1/customer-sessions', {
          assertion: await assertionOf({}, { header: { kid } }),
        })
      ).status;

    expect(await send('first')).toBe(201);
    for (const kid of ['a', 'b', 'c']) expect(await send(kid)).toBe(401);
    expect(await send('first')).toBe(201);
    await fresh.close();

    expect(bank.requests).toBe(1);
  });

  describe('that the bank replaces', () => {
    const [old] = bank.keys as [Key];
    const next = makeKey('next');
    let fresh: Probity;

    beforeEach(async () => {
      fresh = await Probity.open({ env });
      expect(await send(await assertionOf())).toBe(201);
      bank.keys = [next];
      bank.requests = 0;
    });
    afterEach(async () => {
      jest.restoreAllMocks();
      bank.keys = [old];
      bank.answer = 'keys';
      await fresh.close();
    });

    const send = async (assertion: string): Promise<number> =>
      (await fresh.post('/v1/customer-sessions', { assertion })).status;
    /** Ages what is kept of the keys; the service's own clock stays. */
    const age = (milliseconds: number): void => {
      const now = Date.now();
      jest.spyOn(Date, 'now').mockImplementation(() => now + milliseconds);
    };

    it('are asked for again once another one signs, at most every half minute', async () => {
      const [early, late] = [await assertionOf(), await assertionOf()];
      const byOld = await assertionOf({}, { key: old });
      expect(await send(early)).toBe(401);
      expect(bank.requests).toBe(0);
      age(31_000);
      expect(await send(late)).toBe(201);
      expect(await send(byOld)).toBe(401);
      expect(bank.requests).toBe(1);
    });

    it('are good for ten minutes more at most, and not at all behind an outage', async () => {
      const [first, second, third] = [
        await assertionOf({}, { key: old }),
        await assertionOf({}, { key: old }),
        await assertionOf({}, { key: old }),
      ];
      expect(await send(first)).toBe(201);
      expect(bank.requests).toBe(0);
      age(601_000);
      bank.answer = 'fault';
      expect(await send(second)).toBe(503);
      bank.answer = 'keys';
      expect(await send(third)).toBe(401);
    });
  });

  it.each(['redirect', 'fault', 'flood'] as const)(
    'that cannot be had (%s) are an outage, and the assertion is good later',
    async (answer) => {
      const fresh = await Probity.open({ env });
      const assertion = await assertionOf();
      bank.answer = answer;
      const { status, body } = await fresh.post('/v1/customer-sessions', { assertion });
      bank.answer = 'keys';
      const later = await fresh.post('/v1/customer-sessions', { assertion });
      await fresh.close();

      expect([status, body.code]).toEqual([503, 'service.unavailable']);
      expect(later.status).toBe(201);
    },
  );
});

describe('the list of issuers', () => {
  it('is refused at the start where it is not one', async () => {
    const path = join(folder, 'wrong.yaml');
    await writeFile(path, 'issuers:\n  - issuer: x\n    algorithms: [HS256]\n');
    await expect(Probity.open({ env: { PROBITY_ASSERTION_ISSUERS: path } })).rejects.toThrow(
      /wrong\.yaml/,
    );
  });
});
