import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.js';

const burst = 60;

/** What one request was answered, as far as limits show. */
interface Answer {
  readonly status: number;
  readonly policy: string | null;
  readonly retryAfter: number;
}

// Two processes of the service on one database, asked at the same time: a limit that one of them kept
// by itself would let twice as many through.
describe('The limits of two processes', () => {
  let database: TestDatabase;
  let dataDirectory: string;
  let processes: readonly ServiceProcess[] = [];

  beforeAll(async () => {
    database = await openTestDatabase();
    dataDirectory = await mkdtemp(join(tmpdir(), 'probity-race-'));
    const env = { ...database.env, PROBITY_TRUSTED_PROXIES: '127.0.0.1', LOG_LEVEL: 'warn' };
    const first = await startServiceProcess(dataDirectory, env);
    processes = [first, await startServiceProcess(dataDirectory, env)];
  });
  afterAll(async () => {
    await Promise.all(processes.map(({ child }) => child.end('SIGTERM')));
    await database.close();
    await rm(dataDirectory, { recursive: true, force: true });
  });

  async function post(
    path: string,
    { body, address, token, turn }: { body: object; address: string; token?: string; turn: number },
  ): Promise<Response> {
    return fetch(processes[turn % processes.length]!.url + path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-forwarded-for': address,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    });
  }

  /** Guests, each with a conversation of their own, who all claim one number at the same moment. */
  async function claimAtOnce(
    customerNumber: string,
    addressOf: (turn: number) => string,
  ): Promise<readonly Answer[]> {
    const turns = Array.from({ length: burst }, (_, turn) => turn);
    const tokens = await Promise.all(
      turns.map(async (turn) => {
        const body = { channel: 'chat' };
        const reply = await post('/v1/conversations', { body, address: '192.0.2.1', turn });
        return ((await reply.json()) as { conversationToken: string }).conversationToken;
      }),
    );
    const body = { method: 'sms', purpose: 'account-access', customerNumber };
    return Promise.all(
      turns.map(async (turn) => {
        const address = addressOf(turn);
        const { status, headers } = await post('/v1/challenges', {
          body,
          address,
          token: tokens[turn]!,
          turn,
        });
        const policy = headers.get('ratelimit-policy');
        return { status, policy, retryAfter: Number(headers.get('retry-after')) };
      }),
    );
  }

  it.each([
    ['a known', '100001'],
    ['an unknown', '999999'],
  ])('send exactly three codes for %s number, whoever asks from wherever', async (_, number) => {
    const answers = await claimAtOnce(number, (turn) => `198.51.100.${String(turn)}`);
    const refused = answers.filter(({ status }) => status === 429);

    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
    expect(refused).toHaveLength(burst - 3);
    for (const { policy, retryAfter } of refused) {
      expect(policy).toContain('"send-guest-account-300s";q=3;w=300');
      expect(retryAfter).toBeGreaterThan(0);
    }
  });

  it('count one /64 of IPv6 as one client, and let exactly as many through as policy says', async () => {
    const ask = (number: string): Promise<readonly Answer[]> =>
      claimAtOnce(number, (turn) => `2001:db8:7:7:${turn.toString(16)}::1`);
    const answers = [...(await ask('999998')), ...(await ask('999997'))];
    const isByOrigin = ({ status, policy }: Answer): boolean =>
      status === 429 && policy === '"challenges-60s";q=60;w=60';

    expect(answers.filter(isByOrigin)).toHaveLength(2 * burst - 60);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
  });
});
