import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { type Child, startChild } from '../support/child-process.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { ask } from '../support/service-process.js';

const burst = 60;
const jane = { customerNumber: '100001', passcode: '246810' };
const phone = '+14155550134';
const payment = {
  resource: 'account/1',
  amount: { amount: '500.00', currency: 'USD' },
  payee: 'Corner Shop',
};

interface Process {
  readonly child: Child;
  /** Where the service listens, and where money is moved. */
  readonly url: string;
  readonly money: string;
}

// Two processes of the service on one database, each moving money at the same moment.
describe('A grant for money on two processes', () => {
  let database: TestDatabase;
  let dataDirectory: string;
  const processes: Process[] = [];
  const read = new Set<string>();

  async function start(): Promise<Process> {
    const child = startChild('test/verification/money-process.ts', {
      env: { ...database.env, PROBITY_DATA_DIR: dataDirectory, PORT: '0', LOG_LEVEL: 'warn' },
    });
    const told = await child.waitFor(/Moves money on (\S+), listens on (\S+)\./);
    return { child, money: told[1]!, url: told[2]! };
  }

  beforeAll(async () => {
    database = await openTestDatabase();
    dataDirectory = await mkdtemp(join(tmpdir(), 'probity-money-'));
    processes.push(await start());
    processes.push(await start());
  }, 180_000);
  afterAll(async () => {
    await Promise.all(processes.map(({ child }) => child.end('SIGKILL')));
    await database.close();
    await rm(dataDirectory, { recursive: true, force: true });
  });

  const post = async <Body>(path: string, body: unknown, token?: string): Promise<Body> => {
    const options = token === undefined ? { body } : { body, token };
    return (await ask<Body>(processes[0]!.url + path, options)).body;
  };

  async function newestCode(): Promise<string> {
    const outbox = `${processes[0]!.url}/dev/outbox?destination=${encodeURIComponent(phone)}`;
    for (let tries = 0; tries < 200; tries += 1) {
      const { body } = await ask<{ items: { id: string; text: string }[] }>(outbox);
      const fresh = body.items.find(({ id, text }) => /#\d{6}$/.test(text) && !read.has(id));
      if (fresh) {
        read.add(fresh.id);
        return fresh.text.slice(-6);
      }
      await sleep(50);
    }
    throw new Error('No code arrived');
  }

  /** The token of a session whose code was bound to the payment. */
  async function confirmed(): Promise<string> {
    const signedIn = await post<{ accessToken: string }>('/v1/customer-sessions', jane);
    const { accessToken: token } = signedIn;
    const asked = { method: 'sms', purpose: 'payment', ...payment };
    const { id } = await post<{ id: string }>('/v1/challenges', asked, token);
    const code = await newestCode();
    await post(`/v1/challenges/${id}/attempts`, { code }, token);
    return token;
  }

  const payAtOnce = (token: string, orderOf: (turn: number) => typeof payment) =>
    Promise.all(
      Array.from({ length: burst }, async (_, turn) => {
        const body = JSON.stringify({ token, ...orderOf(turn) });
        const { money } = processes[turn % processes.length]!;
        return (await fetch(money, { method: 'POST', body })).status;
      }),
    );

  const recorded = async (type: string): Promise<number> => {
    const [row] = await database.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM audit_events WHERE type = $1',
      [type],
    );
    return row!.count;
  };

  it('pays that amount to that payee once, of sixty orders at once', async () => {
    const answers = await payAtOnce(await confirmed(), () => payment);

    expect(answers.sort()).toEqual([201, ...Array<number>(burst - 1).fill(401)]);
    expect(await recorded('verification.grant_used')).toBe(1);
  });

  it('pays nothing to another payee, and is void once at whichever process was asked first', async () => {
    const answers = await payAtOnce(await confirmed(), () => ({ ...payment, payee: 'Thief' }));

    expect(answers).toEqual(Array<number>(burst).fill(401));
    expect(await recorded('verification.grant_voided')).toBe(1);
  });
});
