import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Pool } from 'pg';

import { makeSandboxCrowd, setUpSandbox } from '../src/banking/index.js';
import { FileKeyStore, loadConfig, openDatabase, SystemClock } from '../src/platform/index.js';
import { type Program, startService } from './program.js';
import { type Answer, TimedClient } from './timed-client.js';

/**
 * Whether the time of an answer tells what the answer does not: an unknown customer, a locked one and
 * a wrong code, 200 accounts of each kind, in turns of random order. And how long a code check takes
 * at 32 connections. Prints the figures; ends with 1 where the medians of a step are more than 10 %
 * apart, the answers differ, or the 99th percentile is 50 ms or more.
 */
const accountsPerKind = 200;
const warmUpAccounts = 40;
/** Fewer than lock an account that is not locked yet. */
const samplesPerAccount = 3;
const medianSpreadMax = 1.1;
const connections = 32;
const checksPerConnection = 60;
const checkMillisecondsMax = 50;
const kinds = ['unknown', 'locked', 'wrong'] as const;
type Kind = (typeof kinds)[number];
/** A purpose has five failures, an account ten: two purposes lock it. */
const failuresPerPurpose = 5;
const lockingPurposes = ['statement', 'dispute'] as const;
const wrongPasscode = '999999';
const wrongCode = '000000';

/** One account as a guest claims it, each from an address of its own. */
interface Claim {
  readonly customerNumber: string;
  readonly address: string;
  readonly token: string;
}

type Step = 'sign-in' | 'challenge' | 'attempt';
type Samples = Record<Step, Record<Kind, number[]>>;

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
  const known = await addCustomers(2 * count);
  const numbers: Record<Kind, readonly string[]> = {
    unknown: Array.from({ length: count }, (_, index) => String(900_000 + index)),
    locked: known.slice(0, count),
    wrong: known.slice(count),
  };
  await lockPasscodes(client, numbers.locked);
  const claims = {
    unknown: await claim(client, numbers.unknown),
    locked: await claim(client, numbers.locked),
    wrong: await claim(client, numbers.wrong),
  };
  await lockClaims(client, claims.locked);
  const samples = await measure(client, numbers, claims);
  for (const step of ['sign-in', 'challenge', 'attempt'] as const) judge(step, samples[step]);
  await measureChecks(client, known);
  client.close();
}

/** Made by the sandbox bank's own builder, in the database that the service runs on. */
async function addCustomers(count: number): Promise<readonly string[]> {
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
    return people.map(({ customerNumber }) => customerNumber);
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

async function lockPasscodes(client: TimedClient, numbers: readonly string[]): Promise<void> {
  await client.inParallel(numbers, async (customerNumber) => {
    const address = nextAddress();
    for (let times = 0; times < failuresPerPurpose; times += 1) {
      await signIn(client, customerNumber, address);
    }
  });
}

async function lockClaims(client: TimedClient, claims: readonly Claim[]): Promise<void> {
  await client.inParallel(claims, async (one) => {
    for (const purpose of lockingPurposes) {
      const { body } = await challenge(client, one, purpose);
      for (let times = 0; times < failuresPerPurpose; times += 1) {
        await attempt(client, one, String(body['id']));
      }
    }
  });
}

const signIn = (client: TimedClient, customerNumber: string, address: string): Promise<Answer> =>
  client.post('/v1/customer-sessions', { customerNumber, passcode: wrongPasscode }, { address });

const challenge = (
  client: TimedClient,
  { customerNumber, address, token }: Claim,
  purpose: string,
): Promise<Answer> =>
  client.post('/v1/challenges', { method: 'sms', purpose, customerNumber }, { address, token });

const attempt = (client: TimedClient, { address, token }: Claim, id: string): Promise<Answer> =>
  client.post(`/v1/challenges/${id}/attempts`, { code: wrongCode }, { address, token });

/** One account of each kind a turn, one request at a time, whichever comes first. */
async function measure(
  client: TimedClient,
  numbers: Record<Kind, readonly string[]>,
  claims: Record<Kind, readonly Claim[]>,
): Promise<Samples> {
  const samples: Samples = { 'sign-in': empty(), challenge: empty(), attempt: empty() };
  const seen: Record<Step, Set<string>> = {
    'sign-in': new Set(),
    challenge: new Set(),
    attempt: new Set(),
  };
  const note = (step: Step, { kind, turn }: { kind: Kind; turn: number }, answer: Answer): void => {
    seen[step].add(answer.shape);
    if (turn >= warmUpAccounts) samples[step][kind].push(answer.milliseconds);
  };
  for (let turn = 0; turn < accountsPerKind + warmUpAccounts; turn += 1) {
    for (const kind of shuffled(kinds)) {
      const one = claims[kind][turn];
      const number = numbers[kind][turn];
      if (!one || number === undefined) throw new Error('An account is missing');
      for (let time = 0; time < samplesPerAccount; time += 1) {
        note('sign-in', { kind, turn }, await signIn(client, number, one.address));
      }
      const opened = await challenge(client, one, 'account-access');
      note('challenge', { kind, turn }, opened);
      for (let time = 0; time < samplesPerAccount; time += 1) {
        note('attempt', { kind, turn }, await attempt(client, one, String(opened.body['id'])));
      }
    }
  }
  for (const [step, shapes] of Object.entries(seen)) {
    if (shapes.size > 1) faults.push(`${step} answers differ: ${[...shapes].join(' / ')}`);
  }
  return samples;
}

const empty = (): Record<Kind, number[]> => ({ unknown: [], locked: [], wrong: [] });

function shuffled(values: readonly Kind[]): readonly Kind[] {
  return values
    .map((value) => ({ value, at: randomInt(2 ** 31) }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value);
}

function judge(step: Step, samples: Record<Kind, number[]>): void {
  const medians = kinds.map((kind) => ({ kind, median: percentile(samples[kind], 0.5) }));
  const values = medians.map(({ median }) => median);
  const spread = Math.max(...values) / Math.min(...values);
  const figures = medians.map(({ kind, median }) => `${kind} ${median.toFixed(2)} ms`).join(', ');
  process.stdout.write(`${step.padEnd(10)} medians: ${figures}; spread ${percent(spread)}\n`);
  if (spread > medianSpreadMax) faults.push(`${step} medians are ${percent(spread)} apart`);
}

/** Wrong codes of many customers at once: each is counted, compared, recorded and answered. */
async function measureChecks(client: TimedClient, known: readonly string[]): Promise<void> {
  const claims = await claim(client, known.slice(0, connections));
  const milliseconds: number[] = [];
  await client.inParallel(claims, async (one) => {
    const { body } = await challenge(client, one, 'payment');
    for (let times = 0; times < checksPerConnection; times += 1) {
      const answer = await attempt(client, one, String(body['id']));
      milliseconds.push(answer.milliseconds);
    }
  });
  const [p50, p99] = [percentile(milliseconds, 0.5), percentile(milliseconds, 0.99)];
  process.stdout.write(
    `code check at ${String(connections)} connections: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms\n`,
  );
  if (p99 >= checkMillisecondsMax) faults.push(`a code check takes ${p99.toFixed(1)} ms at p99`);
}

function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

function percent(ratio: number): string {
  return `${((ratio - 1) * 100).toFixed(1)} %`;
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
for (const fault of faults) process.stdout.write(`FAILED: ${fault}\n`);
process.exitCode = faults.length > 0 ? 1 : 0;
