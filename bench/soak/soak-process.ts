import { setTimeout as sleep } from 'node:timers/promises';

import { Pool } from 'pg';
import { DataSource } from 'typeorm';

import { Admission } from '../../src/ledger/admission.js';
import { CheckpointSigner } from '../../src/ledger/checkpoint-signer.js';
import { committed, refused } from '../../src/ledger/index.js';
import { Sealer } from '../../src/ledger/sealer.js';
import {
  FileKeyStore,
  LosableClient,
  platformProblems,
  PreparingClient,
  Problem,
  serviceActor,
  SystemIdSource,
} from '../../src/platform/index.js';
import { draft, newRunner, origin } from '../ledger/ground.js';

const workers = 12;
const pauseMillisecondsMax = 6;
const longMilliseconds = 1_500;
const brokenMilliseconds = 100;
const reportMilliseconds = 200;
const connectAttemptsMax = 300;

/** What a process of the soak is told, as JSON in its one parameter. */
export interface SoakTask {
  readonly appUrl: string;
  readonly sealerUrl: string;
  readonly keysDirectory: string;
  readonly memoryPath: string;
  /** How many events to have acknowledged. */
  readonly events: number;
}

/**
 * One process as the service is one: it writes and it seals, until it is killed. It pauses, rolls
 * back, refuses, and holds transactions open, and says on its output what it was promised.
 */
const task = JSON.parse(process.argv[2] ?? '{}') as SoakTask;
const keys = await FileKeyStore.open({
  directory: task.keysDirectory,
  masterKey: null,
  production: false,
});
const app = new DataSource({
  type: 'postgres',
  url: task.appUrl,
  extra: { max: workers, pipeline: true, Client: PreparingClient },
  poolErrorHandler: () => undefined,
});
await connect();
const pool = new Pool({
  connectionString: task.sealerUrl,
  // Whose session holds the sealer's lock is then known to whoever may kill it.
  application_name: String(process.pid),
  max: 3,
  pipeline: true,
  Client: LosableClient,
});
pool.on('error', () => undefined);
const admission = new Admission();
const sealer = new Sealer({
  pool,
  admission,
  signer: new CheckpointSigner(keys, origin, { path: task.memoryPath }),
  onFault: (error) => {
    say(`fault ${String(error).replaceAll('\n', ' ')}`);
  },
});
const audited = newRunner({ keys }, app, admission);
const actor = serviceActor('soak', new SystemIdSource().random());
let left = task.events;

/** The server may be on its way back just now. */
async function connect(): Promise<void> {
  for (let attempt = 1; !app.isInitialized; attempt += 1) {
    try {
      await app.initialize();
    } catch (error) {
      if (attempt === connectAttemptsMax) throw error;
      await sleep(brokenMilliseconds);
    }
  }
}

class RolledBack extends Error {
  override readonly name = 'RolledBack';
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** One transaction, of a kind by chance. @returns whether it was acknowledged */
async function write(chance: number): Promise<boolean> {
  const isLong = chance >= 0.05 && chance < 0.055;
  const isRefused = chance >= 0.055 && chance < 0.1;
  try {
    const { receipt } = await audited.run(actor, async (tx) => {
      if (chance < 0.05) throw new RolledBack('rolled back on purpose');
      if (isLong) {
        await tx.query('SELECT 1');
        await sleep(longMilliseconds);
      }
      if (isRefused) return refused(platformProblems['resource.not_found'](), draft());
      return committed({}, draft(), ...(chance < 0.2 ? [draft()] : []));
    });
    say(`ack ${receipt.eventId}`);
    if (isLong) say('long');
    return true;
  } catch (error) {
    const wasRefused = error instanceof Problem && error.code === 'resource.not_found';
    if (error instanceof RolledBack) say('rollback');
    else if (wasRefused) say('refusal');
    // The database is away, or the log is behind.
    else await sleep(brokenMilliseconds);
    return false;
  }
}

async function work(): Promise<void> {
  while (left > 0) {
    left -= 1;
    await sleep(Math.random() * pauseMillisecondsMax);
    if (!(await write(Math.random()))) left += 1;
  }
}

sealer.start();
let state = '';
setInterval(() => {
  const stats = sealer.stats();
  if (stats.state !== state) say(`state ${stats.state}`);
  ({ state } = stats);
  const megabytes = Math.round(process.memoryUsage().rss / 1_048_576);
  say(`rss ${megabytes} lag ${stats.lagP99}`);
}, reportMilliseconds);
await Promise.all(Array.from({ length: workers }, work));
say('done');
