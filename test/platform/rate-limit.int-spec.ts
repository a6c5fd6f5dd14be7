import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { DataSource } from 'typeorm';

import {
  FileKeyStore,
  rateExceeded,
  rateHeaders,
  RateLimiter,
  type RateRequest,
  type RateWindow,
} from '../../src/platform/index.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';

const start = new Date('2026-03-01T12:00:00.000Z');
const after = (seconds: number): Date => new Date(start.getTime() + seconds * 1000);
const address = '203.0.113.77';

let database: TestDatabase;
let directory: string;
let instances: readonly DataSource[];
let limiter: RateLimiter;
let count = 0;

beforeAll(async () => {
  database = await openTestDatabase();
  directory = await mkdtemp(join(tmpdir(), 'probity-limits-'));
  const url = database.urls.app.reveal();
  instances = await Promise.all(
    [1, 2].map(() => new DataSource({ type: 'postgres', url, poolSize: 10 }).initialize()),
  );
  limiter = new RateLimiter(
    await FileKeyStore.open({ directory, masterKey: null, production: false }),
  );
});

afterAll(async () => {
  await Promise.all(instances.map((instance) => instance.destroy()));
  await database.close();
  await rm(directory, { recursive: true });
});

/** A limit that no other test has touched. */
function fresh(...windows: [RateWindow, ...RateWindow[]]): (now?: Date) => RateRequest {
  count += 1;
  const name = `spec-${String(count)}`;
  return (now = start) => ({ key: { name, subject: address }, windows, now });
}

describe('RateLimiter', () => {
  it('lets exactly as many through as the limit says, across instances and all at once', async () => {
    const request = fresh({ limit: 5, windowSeconds: 60 });
    const states = await Promise.all(
      Array.from({ length: 50 }, (_, index) => limiter.hit(instances[index % 2]!, request())),
    );

    expect(states.filter(({ allowed }) => allowed)).toHaveLength(5);
  });

  it('keeps several windows at once and says when the tightest has room', async () => {
    const request = fresh(
      { limit: 3, windowSeconds: 300 },
      { limit: 5, windowSeconds: 600 },
      { limit: 15, windowSeconds: 3600 },
    );
    const hit = (seconds: number) => limiter.hit(instances[0]!, request(after(seconds)));
    const three = [await hit(0), await hit(60), await hit(120)];
    const fourth = await hit(180);

    expect(three.map(({ remaining }) => remaining)).toEqual([2, 1, 0]);
    expect(fourth).toMatchObject({ allowed: false, retryAfterSeconds: 120 });
    expect(await hit(300)).toMatchObject({ allowed: true });
    expect(await hit(360)).toMatchObject({ allowed: true });
    // Two of five minutes are used, but five of ten are.
    expect(await hit(540)).toMatchObject({ allowed: false, retryAfterSeconds: 60 });
    expect(await hit(600)).toMatchObject({ allowed: true });
  });

  it('does not count a refused hit, so that waiting as told suffices', async () => {
    const request = fresh({ limit: 1, windowSeconds: 60 });
    await limiter.hit(instances[0]!, request());
    for (const seconds of [10, 20, 30]) await limiter.hit(instances[0]!, request(after(seconds)));

    expect(await limiter.hit(instances[0]!, request(after(60)))).toMatchObject({ allowed: true });
  });

  it('counts nothing in a transaction that rolls back, and what commits', async () => {
    const request = fresh({ limit: 1, windowSeconds: 60 });
    const rolledBack = instances[0]!.transaction(async (manager) => {
      await limiter.hit(manager, request());
      throw new Error('rolled back');
    });
    await expect(rolledBack).rejects.toThrow('rolled back');

    await instances[0]!.transaction((manager) => limiter.hit(manager, request()));
    expect(await limiter.hit(instances[1]!, request())).toMatchObject({ allowed: false });
  });

  it('peeks without counting', async () => {
    const request = fresh({ limit: 1, windowSeconds: 60 });

    expect(await limiter.peek(instances[0]!, request())).toMatchObject({
      allowed: true,
      remaining: 1,
    });
    expect(await limiter.hit(instances[0]!, request())).toMatchObject({
      allowed: true,
      remaining: 0,
    });
    expect(await limiter.peek(instances[0]!, request())).toMatchObject({ allowed: false });
  });

  it('keeps subjects and names apart', async () => {
    const request = fresh({ limit: 1, windowSeconds: 60 });
    await limiter.hit(instances[0]!, request());
    const elsewhere = { ...request(), key: { ...request().key, subject: '203.0.113.78' } };

    expect(await limiter.hit(instances[0]!, elsewhere)).toMatchObject({ allowed: true });
  });

  it('stores no address', async () => {
    await limiter.hit(instances[0]!, fresh({ limit: 1, windowSeconds: 60 })());
    const rows = await database.query('SELECT rate_limits::text AS row FROM rate_limits');

    expect(JSON.stringify(rows)).not.toContain(address);
    expect(JSON.stringify(rows)).not.toContain(Buffer.from(address).toString('hex'));
  });

  it('sweeps rows whose windows have passed, and none that still says something', async () => {
    const limit = { limit: 1, windowSeconds: 60 };
    const [stale, live] = [fresh(limit), fresh(limit)];
    await limiter.hit(instances[0]!, stale());
    await limiter.hit(instances[0]!, live(after(7200)));
    const removed = await limiter.sweep(instances[1]!, after(7230));

    expect(removed).toBeGreaterThan(0);
    expect(await database.query('SELECT expires_at FROM rate_limits')).toEqual([
      { expires_at: after(7260) },
    ]);
    expect(await limiter.hit(instances[0]!, live(after(7240)))).toMatchObject({ allowed: false });
  });

  it('refuses a limit that it could not keep', async () => {
    const request = fresh({ limit: 1001, windowSeconds: 60 });

    await expect(limiter.hit(instances[0]!, request())).rejects.toThrow(/1 to 1000/);
  });
});

describe('rateExceeded', () => {
  it('carries the fields of a 429', async () => {
    const request = fresh({ limit: 1, windowSeconds: 60 }, { limit: 5, windowSeconds: 600 });
    await limiter.hit(instances[0]!, request());
    const state = await limiter.hit(instances[0]!, request(after(15)));
    const name = request().key.name;

    expect(rateExceeded(state).extras.headers).toEqual({
      'retry-after': '45',
      'ratelimit-policy': `"${name}-60s";q=1;w=60, "${name}-600s";q=5;w=600`,
      ratelimit: `"${name}-60s";r=0;t=45, "${name}-600s";r=4;t=585`,
    });
    expect(rateHeaders(state)).not.toHaveProperty('retry-after');
  });
});
