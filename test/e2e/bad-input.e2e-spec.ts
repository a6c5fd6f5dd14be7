import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { jane, Probity, type Reply } from '../support/app.js';

const secret = 'correct-horse-4111111111111111';

describe('Bad input', () => {
  let probity: Probity;
  let token: string;

  beforeAll(async () => {
    probity = await Probity.open();
    token = await probity.signIn(jane);
  });
  afterAll(() => probity.close());

  function expectProblem(reply: Reply, status: number, code: string): void {
    expect([reply.status, reply.body.code]).toEqual([status, code]);
    expect(reply.headers.get('content-type')).toContain('application/problem+json');
    expect(reply.body).toMatchObject({
      type: `urn:probity:problem:${code}`,
      title: expect.any(String),
      status,
      instance: expect.stringMatching(/^urn:uuid:/),
    });
    expect(reply.text).not.toContain(secret);
    expect(reply.text).not.toMatch(/\bat .+:\d+:\d+|node_modules|\.ts\b/);
  }

  it.each([
    ['a wrong type', { customerNumber: 100001, passcode: secret }],
    ['an unknown field', { customerNumber: '100001', passcode: '246810', role: secret }],
    ['an array for an object', [secret]],
    ['null', null],
  ])('answers %s with 400 and the place of the fault', async (_, body) => {
    const reply = await probity.post('/v1/customer-sessions', body);
    expectProblem(reply, 400, 'input.invalid');
    expect(reply.body.errors[0]).toMatchObject({
      pointer: expect.any(String),
      detail: expect.any(String),
    });
  });

  it('answers broken JSON, deep JSON and broken UTF-8 with 400', async () => {
    const deep = `${'['.repeat(9000)}${']'.repeat(9000)}`;
    for (const body of [`{"customerNumber": "${secret}`, deep]) {
      expectProblem(await probity.post('/v1/customer-sessions', body), 400, 'input.malformed');
    }
    const broken = await fetch(`${probity.url}/v1/customer-sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
    });
    expect(broken.status).toBe(400);
    expect(await broken.json()).toMatchObject({ code: 'input.malformed' });
  });

  it('answers 2 MB with 413, another media type with 415', async () => {
    const large = JSON.stringify({ customerNumber: '1', passcode: 'x'.repeat(2_000_000) });
    expectProblem(await probity.post('/v1/customer-sessions', large), 413, 'input.too_large');
    const plain = await probity.post('/v1/customer-sessions', secret, {
      headers: { 'content-type': 'text/plain' },
    });
    expectProblem(plain, 415, 'input.unsupported_media_type');
  });

  it('answers an unknown route with 404 and a wrong method with 405 and Allow', async () => {
    expectProblem(await probity.get(`/v1/nowhere?q=${secret}`), 404, 'route.unknown');
    const wrong = await probity.call('PUT', '/v1/customer-sessions', { body: {} });
    expectProblem(wrong, 405, 'route.method_not_allowed');
    expect(wrong.headers.get('allow')).toContain('POST');
  });

  it('answers a missing purpose with 400 and a missing proof with 401 and the challenge of RFC 9470', async () => {
    const purposeless = await probity.get('/v1/accounts', token);
    expectProblem(purposeless, 400, 'purpose.missing');
    const unproven = await probity.get('/v1/accounts', {
      token,
      headers: { 'Probity-Purpose': 'balance-inquiry' },
    });
    expectProblem(unproven, 401, 'assurance.insufficient');
    expect(unproven.headers.get('www-authenticate')).toMatch(
      /error="insufficient_user_authentication".*acr_values="aal2"/,
    );
  });

  it('documents every route with its answers and problem codes', async () => {
    const { body } = await probity.get('/openapi.json');
    expect(Object.keys(body.paths)).toEqual(
      expect.arrayContaining([
        '/v1/customer-sessions',
        '/v1/challenges/{id}/attempts',
        '/v1/conversations/{id}/messages',
        '/v1/accounts/{id}/balance',
        '/v1/cases',
        '/v1/refunds',
        '/v1/ledger/events',
        '/v1/compliance/reports',
      ]),
    );
    for (const [path, methods] of Object.entries(
      body.paths as Record<string, Record<string, { responses?: object }>>,
    )) {
      for (const [method, operation] of Object.entries(methods)) {
        expect([path, method, Object.keys(operation.responses ?? {}).length > 1]).toEqual([
          path,
          method,
          true,
        ]);
      }
    }
  });
});
