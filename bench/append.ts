import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { Client, Pool } from 'pg';
import { DataSource } from 'typeorm';
import { z } from 'zod';

import { Admission } from '../src/ledger/admission.js';
import { CheckpointSigner } from '../src/ledger/checkpoint-signer.js';
import { type EventRecord, EventRecorder } from '../src/ledger/event-record.js';
import { IdempotencyKeys } from '../src/ledger/idempotency.js';
import { committed, defineEvent, LedgerPolicy, type PolicyReference } from '../src/ledger/index.js';
import { PostgresAuditedTransaction } from '../src/ledger/postgres-audited-transaction.js';
import { ReceiptSigner } from '../src/ledger/receipt-signer.js';
import { Sealer } from '../src/ledger/sealer.js';
import {
  type Actor,
  FileKeyStore,
  loadConfig,
  openDatabase,
  type OpenDatabase,
  PersonKeyring,
  serviceActor,
  SystemClock,
  SystemIdSource,
} from '../src/platform/index.js';

const connections = 32;
const warmUpMilliseconds = 700;
const turnMilliseconds = 1_000;
const rounds = 5;
const origin = 'bench.example/ledger';
const settleMillisecondsMax = 20_000;

const appended = defineEvent('bench.appended', {
  description: 'One append of the benchmark.',
  detail: z.strictObject({ account: z.string(), amount: z.string(), currency: z.string() }),
});

class BenchPolicy extends LedgerPolicy {
  override reference(): PolicyReference {
    return { version: 'bench@1', digest: createHash('sha256').digest('hex'), rule: null };
  }

  override expiresAt(_class: string, recordedAt: Date): Date {
    return new Date(recordedAt.getTime() + 220_752_000_000);
  }
}

/** Everything one run needs, on a server of its own with durable settings. */
interface Bench {
  readonly database: OpenDatabase;
  readonly superuserUrl: string;
  readonly keys: FileKeyStore;
  readonly folder: string;
  readonly actor: Actor;
}

/** Appends per second of each way to write, and what the sealer made of it. */
interface Measured {
  readonly plain: number;
  readonly audited: number;
  readonly keyed: number;
  readonly locked: number;
  readonly lagP50: number;
  readonly lagP99: number;
  readonly latencyP50: number;
  readonly latencyP99: number;
}

/**
 * Measures audited, sealed appends against the same row inserted without a ledger and against a
 * chain-head lock, with PostgreSQL as it is and with a commit delay that stands for a slow disk.
 */
export async function runAppendBench(): Promise<Record<string, number | string>> {
  const bench = await openBench();
  try {
    const asItIs = await measureAll(bench);
    await setCommitDelay(bench, 1000);
    const delayed = await measureAll(bench);
    return { ...report('', asItIs), ...report(', commit_delay 1000', delayed), 'RSS MB': rss() };
  } finally {
    await bench.database.close();
    await rm(bench.folder, { recursive: true, force: true });
  }
}

async function openBench(): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'probity-bench-'));
  const config = loadConfig({ PROBITY_DATA_DIR: folder });
  const database = await openDatabase(config, { mode: 'own' });
  const { embedded } = database;
  if (!embedded) throw new Error('The benchmark runs on the embedded server');
  const superuserUrl = embedded
    .urlOf('postgres', embedded.credentials.superuser, 'probity')
    .reveal();
  await asSuperuser(superuserUrl, [
    `CREATE TABLE bench_plain (LIKE audit_events INCLUDING ALL) PARTITION BY RANGE (id)`,
    `CREATE TABLE bench_plain_all PARTITION OF bench_plain DEFAULT`,
    `CREATE TABLE bench_chain_head (id int PRIMARY KEY, head bytea NOT NULL) WITH (fillfactor = 10)`,
    `INSERT INTO bench_chain_head VALUES (1, sha256(''))`,
    `GRANT SELECT, INSERT ON bench_plain TO probity_app`,
    `GRANT SELECT, UPDATE ON bench_chain_head TO probity_app`,
  ]);
  const keys = await FileKeyStore.open({
    directory: join(folder, 'keys'),
    masterKey: null,
    production: false,
  });
  const actor: Actor = {
    ...serviceActor('bench', new SystemIdSource().random()),
    kind: 'staff',
    roles: ['agent'],
  };
  return { database, superuserUrl, keys, folder, actor };
}

async function asSuperuser(url: string, statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

async function setCommitDelay({ superuserUrl }: Bench, microseconds: number): Promise<void> {
  await asSuperuser(superuserUrl, [
    `ALTER DATABASE probity SET commit_delay = ${microseconds}`,
    `ALTER DATABASE probity SET commit_siblings = 0`,
  ]);
}

async function measureAll(bench: Bench): Promise<Measured> {
  const app = new DataSource({
    type: 'postgres',
    url: bench.database.urls.app.reveal(),
    extra: { max: connections, pipeline: true },
  });
  await app.initialize();
  const sealerUrl = bench.database.urls.sealer.reveal();
  const pool = new Pool({ connectionString: sealerUrl, max: 3, pipeline: true });
  // A connection that breaks while it is ended concerns nobody.
  pool.on('error', () => undefined);
  const admission = new Admission();
  const signer = new CheckpointSigner(bench.keys, origin, join(bench.folder, 'signer'));
  const sealer = new Sealer({ pool, signer, admission, onFault: console.error });
  const audited = newRunner(bench, app, admission);
  try {
    sealer.start();
    return await measureInTurns({ bench, app, sealer, audited });
  } finally {
    await sealer.stop();
    await pool.end();
    await app.destroy();
  }
}

interface Contest {
  readonly bench: Bench;
  readonly app: DataSource;
  readonly sealer: Sealer;
  readonly audited: PostgresAuditedTransaction;
}

/** Short turns, one after the other: whatever else the machine does meets all ways alike. */
async function measureInTurns({ bench, app, sealer, audited }: Contest): Promise<Measured> {
  const row = await templateRow(bench, app);
  const latencies: number[] = [];
  const ways = {
    plain: () => insertPlain(app, row),
    audited: () => timed(latencies, () => append(audited, bench.actor)),
    keyed: () => appendKeyed(audited, bench.actor),
    locked: () => insertUnderLock(app, row),
  };
  const tallies = { plain: newTally(), audited: newTally(), keyed: newTally(), locked: newTally() };
  for (const way of Object.values(ways)) await turn(way, newTally(), warmUpMilliseconds);
  await settle(sealer);
  sealer.lag.reset();
  latencies.length = 0;
  for (let round = 0; round < rounds; round += 1) {
    await turn(ways.plain, tallies.plain, turnMilliseconds);
    await turn(ways.audited, tallies.audited, turnMilliseconds);
    await settle(sealer);
    await turn(ways.keyed, tallies.keyed, turnMilliseconds);
    await settle(sealer);
    await turn(ways.locked, tallies.locked, turnMilliseconds);
  }
  latencies.sort((a, b) => a - b);
  const quantile = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? 0;
  return {
    plain: rateOf(tallies.plain),
    audited: rateOf(tallies.audited),
    keyed: rateOf(tallies.keyed),
    locked: rateOf(tallies.locked),
    lagP50: sealer.lag.quantile(0.5),
    lagP99: sealer.lag.quantile(0.99),
    latencyP50: quantile(0.5),
    latencyP99: quantile(0.99),
  };
}

interface Tally {
  count: number;
  milliseconds: number;
}

function newTally(): Tally {
  return { count: 0, milliseconds: 0 };
}

function rateOf({ count, milliseconds }: Tally): number {
  return (count * 1000) / milliseconds;
}

async function turn(
  once: () => Promise<unknown>,
  tally: Tally,
  milliseconds: number,
): Promise<void> {
  const started = performance.now();
  const end = started + milliseconds;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() < end) {
        await once();
        tally.count += 1;
      }
    }),
  );
  tally.milliseconds += performance.now() - started;
}

function newRunner(
  { keys }: Bench,
  app: DataSource,
  admission: Admission,
): PostgresAuditedTransaction {
  return new PostgresAuditedTransaction(
    app,
    newRecorder(keys),
    new ReceiptSigner(keys, origin),
    new IdempotencyKeys(keys),
    admission,
  );
}

function newRecorder(keys: FileKeyStore): EventRecorder {
  const ids = new SystemIdSource();
  return new EventRecorder(
    keys,
    new PersonKeyring(keys, ids),
    ids,
    new SystemClock(),
    new BenchPolicy(),
  );
}

const draft = () => appended({ detail: { account: '**56', amount: '500.00', currency: 'USD' } });

function append(audited: PostgresAuditedTransaction, actor: Actor): Promise<unknown> {
  return audited.run(actor, () => Promise.resolve(committed({ ok: true }, draft())));
}

const ids = new SystemIdSource();
const bodyDigest = createHash('sha256').update('{}').digest('hex');

function appendKeyed(audited: PostgresAuditedTransaction, actor: Actor): Promise<unknown> {
  const idempotency = { scope: 'bench POST /append', key: ids.random(), digest: bodyDigest };
  return audited.run(actor, () => Promise.resolve(committed({ ok: true }, draft())), {
    idempotency,
  });
}

/** The very row that the runner would write, for those who write it without a ledger. */
function templateRow({ keys, actor }: Bench, app: DataSource): Promise<EventRecord> {
  const context = {
    actor,
    manager: app.manager,
    now: new Date(),
    outcome: 'success',
    problem: null,
  } as const;
  return newRecorder(keys).record(context, draft());
}

const insertRow = {
  name: 'bench-plain',
  text: `INSERT INTO bench_plain (id, event, event_hash, mac, payload, payload_key_id, type, actor_id,
           subject_ref, case_id, outcome, request_id, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
};

function valuesOf(row: EventRecord): unknown[] {
  const { event, eventHash, mac, payload, payloadKeyId, type, actorId } = row;
  const { subjectRef, caseId, outcome, requestId, recordedAt } = row;
  return [
    ...[ids.ordered(), event, eventHash, mac, payload, payloadKeyId, type, actorId],
    ...[subjectRef, caseId, outcome, requestId, recordedAt],
  ];
}

/** BEGIN, INSERT, COMMIT on the same driver and pool, awaited one by one as a program would. */
async function insertPlain(app: DataSource, row: EventRecord): Promise<void> {
  await onConnection(app, async (client) => {
    await client.query('BEGIN');
    await client.query({ ...insertRow, values: valuesOf(row) });
    await client.query('COMMIT');
  });
}

/** What the ledger would cost as a chain whose head each transaction locks and moves. */
async function insertUnderLock(app: DataSource, row: EventRecord): Promise<void> {
  await onConnection(app, async (client) => {
    await client.query('BEGIN');
    await client.query({
      name: 'bench-lock',
      text: 'SELECT head FROM bench_chain_head WHERE id = 1 FOR UPDATE',
    });
    await client.query({ ...insertRow, values: valuesOf(row) });
    await client.query({
      name: 'bench-move',
      text: 'UPDATE bench_chain_head SET head = $1 WHERE id = 1',
      values: [row.eventHash],
    });
    await client.query('COMMIT');
  });
}

async function onConnection(
  app: DataSource,
  work: (client: Client) => Promise<void>,
): Promise<void> {
  const queryRunner = app.createQueryRunner();
  try {
    await work((await queryRunner.connect()) as Client);
  } finally {
    await queryRunner.release();
  }
}

async function timed(samples: number[], once: () => Promise<unknown>): Promise<void> {
  const started = performance.now();
  await once();
  samples.push(performance.now() - started);
}

/** Waits until a checkpoint covers everything: what was counted is sealed. */
async function settle(sealer: Sealer): Promise<void> {
  const deadline = Date.now() + settleMillisecondsMax;
  await sleep(300);
  for (;;) {
    const { treeSize, checkpointSize, uncoveredMilliseconds } = sealer.stats();
    if (uncoveredMilliseconds === 0 && treeSize > 0 && treeSize === checkpointSize) return;
    if (Date.now() > deadline) throw new Error('The sealer did not catch up');
    await sleep(50);
  }
}

function report(suffix: string, measured: Measured): Record<string, number | string> {
  const { plain, audited, keyed, locked } = measured;
  const round = (value: number): number => Math.round(value * 100) / 100;
  return {
    [`plain INSERT /s${suffix}`]: Math.round(plain),
    [`audited and sealed /s${suffix}`]: Math.round(audited),
    [`audited with idempotency key /s${suffix}`]: Math.round(keyed),
    [`chain-head lock /s${suffix}`]: Math.round(locked),
    [`audited / plain${suffix}`]: round(audited / plain),
    [`audited with idempotency key / plain${suffix}`]: round(keyed / plain),
    [`audited / lock${suffix}`]: round(audited / locked),
    [`append p50 ms${suffix}`]: round(measured.latencyP50),
    [`append p99 ms${suffix}`]: round(measured.latencyP99),
    [`seal lag p50 ms${suffix}`]: measured.lagP50,
    [`seal lag p99 ms${suffix}`]: measured.lagP99,
  };
}

function rss(): number {
  return Math.round(process.memoryUsage().rss / 1_048_576);
}
