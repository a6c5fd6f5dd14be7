import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.js';

const burst = 60;
/** Of `changes` in policy: within a minute. */
const accountMax = 600;

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

  it('count what one account asks for, on all routes, from all addresses and in all its sessions', async () => {
    const address = (turn: number) => `203.0.${String(113 + (turn >> 8))}.${String(turn & 255)}`;
    const signIn = async (customerNumber: string, passcode: string): Promise<string> => {
      const body = { customerNumber, passcode };
      const reply = await post('/v1/customer-sessions', { body, address: address(0), turn: 0 });
      return ((await reply.json()) as { accessToken: string }).accessToken;
    };
    const tokens = [await signIn('100001', '246810'), await signIn('100001', '246810')];
    // Neither has the form that its route asks for: an answer of 400 was let through and did nothing.
    const paths = ['/v1/authenticators', '/v1/refunds', '/v1/conversations'];
    const ask = async (turn: number, token = tokens[turn % tokens.length]!): Promise<Response> => {
      const path = paths[turn % paths.length]!;
      return post(path, { body: {}, address: address(turn), token, turn: turn >> 1 });
    };
    const answers: Response[] = [];
    for (let from = 0; from < accountMax + burst; from += burst) {
      answers.push(
        ...(await Promise.all(Array.from({ length: burst }, (_, at) => ask(from + at)))),
      );
    }
    const refused = answers.filter(({ status }) => status === 429);

    expect(answers.filter(({ status }) => status === 400)).toHaveLength(accountMax);
    expect(refused).toHaveLength(burst);
    for (const { headers } of refused) {
      expect(headers.get('ratelimit-policy')).toBe(`"changes-60s";q=${String(accountMax)};w=60`);
      expect(headers.get('ratelimit')).toMatch(/^"changes-60s";r=0;t=\d+$/);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect((await ask(0, await signIn('100002', '135791'))).status).toBe(400);
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
