import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { Pool } from 'pg';

import { makeSandboxCrowd, setUpSandbox } from '../src/banking/index.js';
import { FileKeyStore, loadConfig, openDatabase, SystemClock } from '../src/platform/index.js';
import { median, percentile } from './percentile.js';
import { type Program, startService } from './program.js';
import { type Answer, TimedClient } from './timed-client.js';

/**
 * Whether the time of an answer tells what the answer does not: an unknown customer, a locked one and
 * a wrong code, 200 accounts of each kind. The three are asked one after another in random order, so
 * that whatever else the machine does falls on each of them alike; accounts of all kinds have been
 * asked about as often before. And how long a code check takes at 32 connections. Prints the figures;
 * ends with 1 where the medians of a step, or the median of the differences within a round, are more
 * than 10 % apart, the answers differ, or the 99th percentile is 50 ms or more.
 */
const accountsPerKind = 200;
const warmUpAccounts = 20;
/** Fewer than lock an account that is not locked yet. */
const samplesPerAccount = 3;
const medianSpreadMax = 0.1;
type SandboxCustomer = ReturnType<typeof makeSandboxCrowd>[number];
const connections = 32;
/** Whose codes are checked under load; each gives as many wrong ones as are evaluated, and a right one. */
const checkedAccounts = 640;
/** Of them, whose checks are not counted: the service has checked codes before. */
const warmUpChecked = 320;
const checkMillisecondsMax = 50;
const outboxTries = 300;
const outboxPauseMilliseconds = 100;
const kinds = ['unknown', 'locked', 'wrong'] as const;
type Kind = (typeof kinds)[number];
/** A purpose has five failures, an account ten: two purposes lock it. */
const failuresPerPurpose = 5;
const lockingPurposes = ['statement', 'dispute'] as const;
/** As many rows as a locked account has, and no lock. */
const failuresOfOthers = 1;
const wrongPasscode = '999999';
const wrongCode = '000000';

/** One account as a guest claims it, each from an address of its own. */
interface Claim {
  readonly customerNumber: string;
  readonly address: string;
  readonly token: string;
}

type Step = 'sign-in' | 'challenge' | 'attempt';
/** One sample of each kind, taken right after one another. */
type Round = Record<Kind, number>;
type Rounds = Record<Step, Round[]>;
/** The three accounts of a turn, one of each kind. */
type Trio = Record<Kind, Claim>;

const dataDirectory = await mkdtemp(join(tmpdir(), 'probity-timing-'));
const env = {
  PROBITY_DATA_DIR: dataDirectory,
  LOG_LEVEL: 'error',
  PROBITY_TRUSTED_PROXIES: '127.0.0.1',
};
const faults: string[] = [];
let addresses = 0;
async function run(service: Program): Promise<void> {
  const client = new TimedClient(service.url, connections);
  const count = accountsPerKind + warmUpAccounts;
  const people = await addCustomers(2 * count + checkedAccounts);
  const known = people.map(({ customerNumber }) => customerNumber);
  const numbers: Record<Kind, readonly string[]> = {
    unknown: Array.from({ length: count }, (_, index) => String(900_000 + index)),
    locked: known.slice(0, count),
    wrong: known.slice(count, 2 * count),
  };
  const claims: Record<Kind, readonly Claim[]> = {
    unknown: await claim(client, numbers.unknown),
    locked: await claim(client, numbers.locked),
    wrong: await claim(client, numbers.wrong),
  };
  for (const kind of kinds) await failBefore(client, kind, claims[kind]);
  const rounds = await measure(client, claims);
  for (const step of ['sign-in', 'challenge', 'attempt'] as const) judge(step, rounds[step]);
  await measureChecks(client, service.url, people.slice(2 * count));
  client.close();
}

/** Made by the sandbox bank's own builder, in the database that the service runs on. */
async function addCustomers(count: number): Promise<readonly SandboxCustomer[]> {
  const config = loadConfig(env);
  const database = await openDatabase(config, { mode: 'join' });
  const pool = new Pool({ connectionString: database.urls.bank.reveal(), max: 1 });
  try {
    const keys = await FileKeyStore.open({
      directory: config.keysDirectory,
      masterKey: null,
      production: false,
    });
    const people = makeSandboxCrowd(count);
    await setUpSandbox(pool, { keys, now: new SystemClock().now(), people });
    return people;
  } finally {
    await pool.end();
    await database.close();
  }
}

/** Every account comes from an address of its own, so that no limit by address is met. */
function nextAddress(): string {
  addresses += 1;
  return `10.${String(addresses >> 16)}.${String((addresses >> 8) & 255)}.${String(addresses & 255)}`;
}

async function claim(client: TimedClient, numbers: readonly string[]): Promise<readonly Claim[]> {
  return client.inParallel(numbers, async (customerNumber) => {
    const address = nextAddress();
    const { body } = await client.post('/v1/conversations', { channel: 'chat' }, { address });
    return { customerNumber, address, token: String(body['conversationToken']) };
  });
}

/** Every account has failed before, the locked ones until they were. */
async function failBefore(
  client: TimedClient,
  kind: Kind,
  claims: readonly Claim[],
): Promise<void> {
  const failures = kind === 'locked' ? failuresPerPurpose : failuresOfOthers;
  await client.inParallel(claims, async (one) => {
    for (let times = 0; times < failures; times += 1) await signIn(client, one);
    for (const purpose of lockingPurposes) {
      const { body } = await challenge(client, one, purpose);
      for (let times = 0; times < failures; times += 1) {
        await attempt(client, one, String(body['id']));
      }
    }
  });
}

const signIn = (client: TimedClient, { customerNumber, address }: Claim): Promise<Answer> =>
  client.post('/v1/customer-sessions', { customerNumber, passcode: wrongPasscode }, { address });

const challenge = (
  client: TimedClient,
  { customerNumber, address, token }: Claim,
  purpose: string,
): Promise<Answer> =>
  client.post('/v1/challenges', { method: 'sms', purpose, customerNumber }, { address, token });

const attempt = (client: TimedClient, { address, token }: Claim, id: string): Promise<Answer> =>
  client.post(`/v1/challenges/${id}/attempts`, { code: wrongCode }, { address, token });

/** One account of each kind a turn, one request at a time: each step of all three, then the next. */
async function measure(
  client: TimedClient,
  claims: Record<Kind, readonly Claim[]>,
): Promise<Rounds> {
  const rounds: Rounds = { 'sign-in': [], challenge: [], attempt: [] };
  const shapes: Record<Step, Set<string>> = {
    'sign-in': new Set(),
    challenge: new Set(),
    attempt: new Set(),
  };
  for (let turn = 0; turn < accountsPerKind + warmUpAccounts; turn += 1) {
    const trio = trioOf(claims, turn);
    const round = async (step: Step, ask: (kind: Kind) => Promise<Answer>): Promise<void> => {
      const times: Round = { unknown: 0, locked: 0, wrong: 0 };
      for (const kind of shuffled(kinds)) {
        const { milliseconds, shape } = await ask(kind);
        times[kind] = milliseconds;
        shapes[step].add(shape);
      }
      if (turn >= warmUpAccounts) rounds[step].push(times);
    };
    await measureTurn(client, trio, round);
  }
  for (const [step, seen] of Object.entries(shapes)) {
    if (seen.size > 1) faults.push(`${step} answers differ: ${[...seen].join(' / ')}`);
  }
  return rounds;
}

async function measureTurn(
  client: TimedClient,
  trio: Trio,
  round: (step: Step, ask: (kind: Kind) => Promise<Answer>) => Promise<void>,
): Promise<void> {
  const ids: Record<Kind, string> = { unknown: '', locked: '', wrong: '' };
  for (let time = 0; time < samplesPerAccount; time += 1) {
    await round('sign-in', (kind) => signIn(client, trio[kind]));
  }
  await round('challenge', async (kind) => {
    const opened = await challenge(client, trio[kind], 'account-access');
    ids[kind] = String(opened.body['id']);
    return opened;
  });
  for (let time = 0; time < samplesPerAccount; time += 1) {
    await round('attempt', (kind) => attempt(client, trio[kind], ids[kind]));
  }
}

function trioOf(claims: Record<Kind, readonly Claim[]>, turn: number): Trio {
  const [unknown, locked, wrong] = kinds.map((kind) => claims[kind][turn]);
  if (!unknown || !locked || !wrong) throw new Error('An account is missing');
  return { unknown, locked, wrong };
}

function shuffled(values: readonly Kind[]): readonly Kind[] {
  return values
    .map((value) => ({ value, at: randomInt(2 ** 31) }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value);
}

/** Medians side by side, and the median of what two kinds differ by within a round, of the whole median. */
function judge(step: Step, rounds: readonly Round[]): void {
  const medians = kinds.map((kind) => median(rounds.map((round) => round[kind])));
  const spread = Math.max(...medians) / Math.min(...medians) - 1;
  const whole = median(rounds.flatMap((round) => Object.values<number>(round)));
  const pairs = [
    ['unknown', 'wrong'],
    ['locked', 'wrong'],
    ['unknown', 'locked'],
  ] as const;
  const apart = pairs.map(([one, other]) => median(rounds.map((r) => r[one] - r[other])) / whole);
  const widest = Math.max(...apart.map(Math.abs));
  const figures = kinds.map((kind, index) => `${kind} ${medians[index]?.toFixed(2) ?? '-'} ms`);
  const paired = pairs.map(([a, b], index) => `${a} - ${b} ${percent(apart[index] ?? 0)}`);
  print(`${step.padEnd(10)} medians: ${figures.join(', ')}; apart ${percent(spread)}`);
  print(`${''.padEnd(10)} within ${String(rounds.length)} rounds: ${paired.join(', ')}`);
  const worst = Math.max(spread, widest);
  if (worst > medianSpreadMax) faults.push(`${step} medians are ${percent(worst)} apart`);
}

/**
 * Codes of many customers at once, on all connections: wrong ones that are evaluated, then a right
 * one of each. Each is counted, compared, recorded and answered.
 */
async function measureChecks(
  client: TimedClient,
  url: string,
  people: readonly SandboxCustomer[],
): Promise<void> {
  const claims = await claim(
    client,
    people.map(({ customerNumber }) => customerNumber),
  );
  const ask = (purpose: string) =>
    client.inParallel(claims, async (one) => {
      const { body } = await challenge(client, one, purpose);
      return { one, id: String(body['id']) };
    });
  const arrived = (count: number) =>
    Promise.all(people.map(({ phone }) => newestCode(url, phone ?? '', count)));
  const asked = await ask('payment');
  await arrived(1);
  const wrong = await loadOf(asked, async ({ one, id }, milliseconds) => {
    for (let times = 0; times < failuresPerPurpose; times += 1)
      milliseconds.push((await attempt(client, one, id)).milliseconds);
  });
  judgeChecks('wrong codes', wrong);
  const fresh = await ask('statement');
  const codes = await arrived(2);
  const sent = fresh.map((challenge, place) => ({ ...challenge, code: codes[place] ?? '' }));
  const right = await loadOf(sent, async ({ one, id, code }, milliseconds) => {
    const answer = await client.post(`/v1/challenges/${id}/attempts`, { code }, one);
    if (answer.body['status'] !== 'verified') faults.push('a right code was not accepted');
    milliseconds.push(answer.milliseconds);
  });
  judgeChecks('right codes', right);

  async function loadOf<Asked>(
    all: readonly Asked[],
    check: (of: Asked, milliseconds: number[]) => Promise<void>,
  ): Promise<Load> {
    await client.inParallel(all.slice(0, warmUpChecked), (one) => check(one, []));
    const milliseconds: number[] = [];
    const beganAt = performance.now();
    await client.inParallel(all.slice(warmUpChecked), (one) => check(one, milliseconds));
    return { milliseconds, seconds: (performance.now() - beganAt) / 1000 };
  }
}

/** The newest of so many codes that must reach a phone. */
async function newestCode(url: string, phone: string, count: number): Promise<string> {
  for (let tries = 0; tries < outboxTries; tries += 1) {
    const answer = await fetch(`${url}/dev/outbox?destination=${encodeURIComponent(phone)}`);
    const { items } = (await answer.json()) as { items: readonly { text: string }[] };
    if (items.length >= count) return /#(\d{6})$/.exec(items[0]?.text ?? '')?.[1] ?? '';
    await sleep(outboxPauseMilliseconds);
  }
  throw new Error('No code arrived');
}

interface Load {
  readonly milliseconds: readonly number[];
  readonly seconds: number;
}

function judgeChecks(which: string, { milliseconds, seconds }: Load): void {
  const [p50, p99] = [percentile(milliseconds, 0.5), percentile(milliseconds, 0.99)];
  const rate = Math.round(milliseconds.length / seconds);
  print(
    `${which} at ${String(connections)} connections: ` +
      `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, ${String(rate)}/s`,
  );
  if (p99 >= checkMillisecondsMax)
    faults.push(`a check of ${which} takes ${p99.toFixed(1)} ms at p99`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`;
}

try {
  const service = await startService(env);
  try {
    await run(service);
  } finally {
    await service.stop();
  }
} finally {
  await rm(dataDirectory, { recursive: true, force: true });
}
print(
  `load average ${loadavg()
    .map((load) => load.toFixed(1))
    .join(', ')}`,
);
for (const fault of faults) process.stdout.write(`FAILED: ${fault}\n`);
process.exitCode = faults.length > 0 ? 1 : 0;
