import { setTimeout as sleep } from 'node:timers/promises';

import { Pool } from 'pg';
import { DataSource } from 'typeorm';

import { Admission } from '../../src/ledger/admission.js';
import { CheckpointSigner } from '../../src/ledger/checkpoint-signer.js';
import { committed, refused } from '../../src/ledger/index.js';
import { Sealer } from '../../src/ledger/sealer.js';
import {
  FileKeyStore,
  platformProblems,
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
  extra: { max: workers, pipeline: true },
  poolErrorHandler: () => undefined,
});
await connect();
const pool = new Pool({ connectionString: task.sealerUrl, max: 3, pipeline: true });
pool.on('error', () => undefined);
const admission = new Admission();
const sealer = new Sealer({
  pool,
  admission,
  signer: new CheckpointSigner(keys, origin, { path: task.memoryPath }),
  onFault: (error) => process.stdout.write(`fault ${String(error).replaceAll('\n', ' ')}\n`),
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

async function write(chance: number): Promise<number> {
  const { receipt } = await audited.run(actor, async (tx) => {
    if (chance < 0.05) throw new Error('rolled back on purpose');
    if (chance < 0.055) {
      await tx.query('SELECT 1');
      await sleep(longMilliseconds);
    }
    if (chance < 0.1) return refused(platformProblems['resource.not_found'](), draft());
    return committed({}, draft(), ...(chance < 0.2 ? [draft()] : []));
  });
  process.stdout.write(`ack ${receipt.eventId}\n`);
  return 1;
}

async function work(): Promise<void> {
  while (left > 0) {
    left -= 1;
    await sleep(Math.random() * pauseMillisecondsMax);
    const chance = Math.random();
    const acknowledged = await write(chance).catch(() => 0);
    if (acknowledged > 0) continue;
    left += 1;
    // A fault that was not wanted: the database is away, or the log is behind.
    if (chance >= 0.1) await sleep(brokenMilliseconds);
  }
}

sealer.start();
let state = '';
setInterval(() => {
  const stats = sealer.stats();
  if (stats.state !== state) process.stdout.write(`state ${stats.state}\n`);
  ({ state } = stats);
  const megabytes = Math.round(process.memoryUsage().rss / 1_048_576);
  process.stdout.write(`rss ${megabytes} lag ${stats.lagP99}\n`);
}, reportMilliseconds);
await Promise.all(Array.from({ length: workers }, work));
process.stdout.write('done\n');
