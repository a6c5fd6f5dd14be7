import { connect } from 'node:net';

import { type Door, openDoor } from './door.js';

let door: Door;
const id = '0198c0de-0000-7000-8000-000000000001';
const thing = { name: 'one', count: 1 };

beforeAll(async () => {
  door = await openDoor();
});

afterAll(async () => {
  await door.close();
});

/** Sends bytes as they are and answers everything that came back. */
function sendRaw(bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(door.port, '127.0.0.1', () => socket.write(bytes));
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('utf8')));
    socket.on('error', reject);
  });
}

const make = (body: string | object = thing) =>
  door.http
    .post('/v1/things')
    .set('authorization', 'Bearer customer')
    .set('idempotency-key', 'key-1')
    .set('content-type', 'application/json')
    .send(body);

function expectProblem(
  reply: { status: number; body: Record<string, unknown>; headers: Record<string, string> },
  status: number,
  code: string,
): void {
  expect({ status: reply.status, code: reply.body.code }).toEqual({ status, code });
  expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(reply.body).toMatchObject({
    type: `urn:probity:problem:${code}`,
    status,
    title: expect.any(String),
    detail: expect.any(String),
    instance: `urn:uuid:${reply.headers['x-request-id']!}`,
  });
  expect(JSON.stringify(reply.body)).not.toMatch(/\bat \/|node_modules|stack/);
}

describe('the door', () => {
  it('lets a good request through with actor, purpose and origin', async () => {
    const reply = await make().set('probity-purpose', 'dispute').set('user-agent', 'spec');

    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({
      name: 'one',
      actor: 'customer',
      purpose: 'dispute',
      origin: { address: '127.0.0.1', userAgent: 'spec', requestId: reply.headers['x-request-id'] },
    });
  });

  it('sets the headers of safety on answers and on problems alike', async () => {
    for (const reply of [await make(), await door.http.get('/v1/nothing')]) {
      expect(reply.headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
        'content-security-policy': expect.stringContaining("default-src 'none'"),
      });
      expect(reply.headers).not.toHaveProperty('x-powered-by');
      expect(reply.headers).not.toHaveProperty('strict-transport-security');
    }
  });

  it('keeps a request id that is a UUID and replaces any other', async () => {
    expect((await make().set('x-request-id', id)).headers['x-request-id']).toBe(id);
    expect((await make().set('x-request-id', 'DROP TABLE')).headers['x-request-id']).toMatch(
      /^[0-9a-f-]{36}$/,
    );
  });

  it('follows a trace that is well formed and starts its own otherwise', async () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const known = await make().set('traceparent', `00-${trace}-00f067aa0ba902b7-01`);
    const broken = await make().set('traceparent', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`);

    expect(known.body.origin.traceId).toBe(trace);
    expect(broken.body.origin.traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
  });

  it('does not believe a forwarded address where no proxy is trusted', async () => {
    const reply = await make().set('x-forwarded-for', '203.0.113.9');

    expect(reply.body.origin.address).toBe('127.0.0.1');
  });
});

describe('an unknown route', () => {
  it('is 404 without an echo, whatever the method and the body', async () => {
    const replies = [
      await door.http.get('/v1/nothing?card=4000000000081234'),
      await door.http.post('/v1/nothing').set('content-type', 'text/xml').send('<a/>'),
      await door.http.post('/v1/nothing').set('content-type', 'application/json').send('{"a":'),
    ];
    for (const reply of replies) {
      expectProblem(reply, 404, 'route.unknown');
      expect(reply.text).not.toContain('nothing');
      expect(reply.text).not.toContain('4000');
    }
  });

  it('is 405 with Allow where only the method is wrong', async () => {
    const reply = await door.http.delete('/v1/things');

    expectProblem(reply, 405, 'route.method_not_allowed');
    expect(reply.headers.allow).toBe('GET, HEAD, POST, OPTIONS');
  });

  it('lists the methods of a path that exists', async () => {
    const reply = await door.http.options(`/v1/things/${id}`);

    expect(reply.status).toBe(204);
    expect(reply.headers.allow).toBe('GET, HEAD, OPTIONS');
  });

  it('answers HEAD like GET without a body', async () => {
    const reply = await door.http.head(`/v1/things/${id}`).set('authorization', 'Bearer staff');

    expect(reply.status).toBe(200);
    expect(reply.body).toEqual({});
  });

  it('is a problem for a path that cannot be decoded, or whose parameter is too long', async () => {
    expectProblem(await door.http.get('/v1/things/%E0%A4%A'), 400, 'input.malformed');
    expectProblem(await door.http.get(`/v1/things/${'a'.repeat(300)}`), 404, 'resource.not_found');
  });
});

describe('a body', () => {
  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'text/json'])(
    'of the type %s is 415',
    async (type) => {
      expectProblem(
        await make('a=b').set('content-type', type),
        415,
        'input.unsupported_media_type',
      );
    },
  );

  it('may name its character set', async () => {
    expect(
      (await make(JSON.stringify(thing)).set('content-type', 'application/json; charset=utf-8'))
        .status,
    ).toBe(201);
  });

  it.each([
    ['content-type', 'application/json; charset=utf-16'],
    ['content-type', 'application/json; charset=latin1'],
    ['content-encoding', 'gzip'],
  ])('with %s %s is 415', async (name, value) => {
    expectProblem(await make().set(name, value), 415, 'input.unsupported_media_type');
  });

  it('beyond the limit is 413', async () => {
    const body = JSON.stringify({ name: 'x'.repeat(2 * 1024 * 1024), count: 1 });

    expectProblem(await make(body), 413, 'input.too_large');
  });

  it.each([
    ['cut short', '{"name":"one"'],
    ['not JSON at all', 'SECRET-INPUT'],
    ['with a trailing comma', '{"name":"one",}'],
    ['with a name twice', '{"name":"one","name":"two","count":1}'],
    ['with a name twice, once escaped', '{"name":"one","n\\u0061me":"two","count":1}'],
    ['with a name that reaches the prototype', '{"__proto__":{"name":"one"},"count":1}'],
    ['with half a surrogate pair', '{"name":"\\ud800","count":1}'],
    ['with U+0000', '{"name":"a\\u0000b","count":1}'],
    ['9,000 levels deep', `${'['.repeat(9_000)}${']'.repeat(9_000)}`],
    ['of 9,000 objects in one another', `${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}`],
    ['with a byte order mark', '\ufeff{"name":"one","count":1}'],
  ])('%s is 400 and is not quoted', async (_, body) => {
    const reply = await make(body);

    expectProblem(reply, 400, 'input.malformed');
    expect(reply.text).not.toContain('SECRET-INPUT');
  });

  it('that is not UTF-8 is 400 and is not repaired', async () => {
    const body = Buffer.concat([
      Buffer.from('{"name":"'),
      Buffer.of(0xff, 0xfe),
      Buffer.from('","count":1}'),
    ]);
    const head = [
      'POST /v1/things HTTP/1.1',
      'Host: x',
      'Connection: close',
      'Authorization: Bearer customer',
      'Content-Type: application/json',
      `Content-Length: ${String(body.length)}`,
    ];
    const answer = await sendRaw(
      Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]),
    );

    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"code":"input.malformed"');
  });

  it('may nest up to the limit', async () => {
    const reply = await make(`${'['.repeat(32)}${']'.repeat(32)}`);

    expectProblem(reply, 400, 'input.invalid');
  });

  it('that breaks the schema names each place', async () => {
    const reply = await make({ name: 7, count: -1, 'SECRET/MEMBER': 1 });

    expectProblem(reply, 400, 'input.invalid');
    expect(reply.body.errors).toEqual(
      expect.arrayContaining([
        { pointer: '/name', detail: expect.any(String) },
        { pointer: '/count', detail: expect.any(String) },
        { pointer: '', detail: expect.any(String) },
      ]),
    );
    expect(reply.text).not.toContain('SECRET');
  });

  it('that is missing or not an object is told at the root', async () => {
    for (const body of ['', '"text"', '[]', 'null']) {
      const reply = await make(body);
      expectProblem(reply, 400, 'input.invalid');
      expect(reply.body.errors[0].pointer).toBe('');
    }
  });
});

describe('a query', () => {
  it.each([
    ['?after=a&after=b', 'input.invalid'],
    ['?after=%ff', 'input.malformed'],
    ['?after=%', 'input.malformed'],
    ['?after=%00', 'input.malformed'],
    ['?unknown=1', 'input.invalid'],
    ['?__proto__=1', 'input.malformed'],
  ])('%s is refused', async (query, code) => {
    expectProblem(await door.http.get(`/v1/things${query}`), 400, code);
  });

  it('is decoded once', async () => {
    expect((await door.http.get('/v1/things?after=a%2520b+c')).body).toEqual({ after: 'a%20b c' });
  });
});

describe('a token', () => {
  it('that is missing is 401 with a challenge that names no error', async () => {
    const reply = await door.http.get(`/v1/things/${id}`);

    expectProblem(reply, 401, 'token.invalid');
    expect(reply.headers['www-authenticate']).toBe('Bearer realm="probity"');
  });

  it.each(['Bearer wrong', 'Bearer', 'Basic dTpw', 'bearer a b', `Bearer ${'a'.repeat(5_000)}`])(
    'in the header %.20s is 401',
    async (header) => {
      const reply = await door.http.get(`/v1/things/${id}`).set('authorization', header);

      expectProblem(reply, 401, 'token.invalid');
      expect(reply.headers['www-authenticate']).toContain('error="invalid_token"');
    },
  );

  it('of another kind of actor is 401', async () => {
    expectProblem(await make().set('authorization', 'Bearer staff'), 401, 'token.invalid');
  });

  it('comes before the schema', async () => {
    expectProblem(await make({}).set('authorization', 'Bearer wrong'), 401, 'token.invalid');
  });

  it('that is bad is not taken for none', async () => {
    expectProblem(
      await door.http.get('/v1/things').set('authorization', 'Bearer wrong'),
      401,
      'token.invalid',
    );
  });
});

describe('an id in the path', () => {
  it.each(['1', 'abc', `${id}0`, '..%2f', "'%20or%201=1"])(
    '%s is answered as unknown',
    async (text) => {
      const reply = await door.http.get(`/v1/things/${text}`).set('authorization', 'Bearer staff');

      expectProblem(reply, 404, 'resource.not_found');
    },
  );

  it('is judged after the body', async () => {
    expectProblem(
      await door.http.post('/v1/things/abc/parts').send({ name: 1 }),
      400,
      'input.invalid',
    );
  });

  it('is lower case to the route', async () => {
    const reply = await door.http
      .get(`/v1/things/${id.toUpperCase()}`)
      .set('authorization', 'Bearer staff');

    expect(reply.body).toEqual({ id });
  });
});

describe('an idempotency key', () => {
  it('that is required and missing is 400', async () => {
    const reply = await door.http
      .post('/v1/things')
      .set('authorization', 'Bearer customer')
      .send(thing);

    expectProblem(reply, 400, 'idempotency.key_missing');
  });

  it.each(['a b', 'ä', 'x'.repeat(256)])('%.5s is refused', async (key) => {
    expectProblem(
      await make().set('idempotency-key', Buffer.from(key, 'latin1').toString('latin1')),
      400,
      'input.invalid',
    );
  });

  it('is scoped to actor and route and bound to the members of the body in any order', async () => {
    const one = (await make({ name: 'one', count: 1 })).body.claim;
    const other = (await make({ count: 1, name: 'one' })).body.claim;
    const changed = (await make({ count: 2, name: 'one' })).body.claim;

    expect(one).toEqual({
      scope: 'customer:somebody POST /v1/things',
      key: 'key-1',
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(other.digest).toBe(one.digest);
    expect(changed.digest).not.toBe(one.digest);
  });

  it('is bound to the ids of the path', async () => {
    const other = id.replace(/1$/, '2');
    const add = async (to: string) =>
      (await door.http.post(`/v1/things/${to}/parts`).set('idempotency-key', 'k').send(thing)).body
        .claim;

    expect((await add(id)).digest).not.toBe((await add(other)).digest);
    expect((await add(id)).scope).toBe(
      'guest:somebody ["127.0.0.1",null] POST /v1/things/:id/parts',
    );
  });
});

describe('a header', () => {
  it('that cannot be a purpose is refused', async () => {
    expectProblem(await make().set('probity-purpose', 'Robert; DROP'), 400, 'input.invalid');
  });
});

describe('a limit by origin', () => {
  it('answers 429 with the fields that say when to return', async () => {
    const { RequestLimits } = await import('../../../src/platform/index.js');
    door.app.get(RequestLimits).set('guesses', { limit: 3, windowSeconds: 60 });
    const replies = [];
    for (let at = 0; at < 4; at += 1) replies.push(await door.http.post('/v1/things/guesses'));

    expect(replies.map(({ status }) => status)).toEqual([201, 201, 201, 429]);
    expect(replies[0]!.headers.ratelimit).toBe('"guesses-60s";r=2;t=60');
    expectProblem(replies[3]!, 429, 'rate.exceeded');
    expect(replies[3]!.headers).toMatchObject({
      'retry-after': '60',
      'ratelimit-policy': '"guesses-60s";q=3;w=60',
      ratelimit: '"guesses-60s";r=0;t=60',
    });
  });

  it('keeps all windows of a limit, and tells each', async () => {
    const { RequestLimits } = await import('../../../src/platform/index.js');
    const limits = door.app.get(RequestLimits);
    limits.set('guesses', { limit: 5, windowSeconds: 60 }, { limit: 5, windowSeconds: 3600 });
    const replies = [];
    for (let at = 0; at < 3; at += 1) replies.push(await door.http.post('/v1/things/guesses'));

    expect(replies.map(({ status }) => status)).toEqual([201, 201, 429]);
    expect(replies[2]!.headers['ratelimit-policy']).toBe(
      '"guesses-60s";q=5;w=60, "guesses-3600s";q=5;w=3600',
    );
  });

  it('without figures answers nobody', async () => {
    const { RequestLimits } = await import('../../../src/platform/index.js');
    expect(() => door.app.get(RequestLimits).of('unheard-of')).toThrow(/no request rate/);
  });
});

describe('a limit by account', () => {
  it('counts what a token asks to be changed, beside the limit by origin, and nothing else', async () => {
    const { RequestLimits } = await import('../../../src/platform/index.js');
    const limits = door.app.get(RequestLimits);
    door.clock.advance(3_600_000);
    limits.set('guesses', { limit: 9, windowSeconds: 60 });
    limits.set('changes', { limit: 2, windowSeconds: 60 });
    const guess = () => door.http.post('/v1/things/guesses');
    const known = () => guess().set('authorization', 'Bearer customer');

    expect((await guess()).headers.ratelimit).toBe('"guesses-60s";r=8;t=60');
    expect((await known()).headers.ratelimit).toBe(
      '"guesses-60s";r=7;t=60, "changes-60s";r=1;t=60',
    );
    await known();
    const refused = await known();
    expectProblem(refused, 429, 'rate.exceeded');
    expect(refused.headers).toMatchObject({
      'retry-after': '60',
      'ratelimit-policy': '"changes-60s";q=2;w=60',
      ratelimit: '"changes-60s";r=0;t=60',
    });
    const show = door.http.get(`/v1/things/${id}`).set('authorization', 'Bearer customer');
    expect((await show).status).toBe(200);
    expect((await guess()).status).toBe(201);
    limits.set('changes', { limit: 1000, windowSeconds: 60 });
  });
});

describe('bytes that are not HTTP', () => {
  it.each([
    'GARBAGE\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
  ])('are answered with a problem: %j', async (bytes) => {
    const answer = await sendRaw(bytes);

    expect(answer).toMatch(
      /^HTTP\/1\.1 400 Bad Request\r\nContent-Type: application\/problem\+json/,
    );
    expect(answer).toContain('"code":"input.malformed"');
  });

  it('and headers without end are 431', async () => {
    const answer = await sendRaw(`GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`);

    expect(answer).toContain('"code":"input.too_large"');
  });
});

describe('a fault', () => {
  it('is 500 without a word of what happened', async () => {
    const reply = await door.http.get('/v1/things/failures/kind');

    expectProblem(reply, 500, 'service.fault');
    expect(reply.text).not.toContain('4000000000081234');
  });
});

describe('health', () => {
  it('is live, and ready while every registered part works', async () => {
    const { HealthChecks } = await import('../../../src/platform/index.js');
    let works = true;
    door.app.get(HealthChecks).register('spec', () => Promise.resolve(works));

    expect((await door.http.get('/health/live')).body).toEqual({ status: 'live' });
    expect((await door.http.get('/health/ready')).body).toEqual({
      status: 'ready',
      failing: [],
      degraded: [],
    });
    works = false;
    const reply = await door.http.get('/health/ready');
    expect(reply.status).toBe(503);
    expect(reply.body).toEqual({ status: 'not_ready', failing: ['spec'], degraded: [] });
  });
});

describe('metrics', () => {
  it('count requests by route pattern and hold no id', async () => {
    await door.http.get(`/v1/things/${id}`).set('authorization', 'Bearer staff');
    const reply = await door.http.get('/metrics');

    expect(reply.headers['content-type']).toMatch(/^text\/plain/);
    expect(reply.text).toContain('route="/v1/things/:id",status="200"');
    expect(reply.text).toContain('process_cpu_user_seconds_total');
    expect(reply.text).not.toContain(id);
  });
});
