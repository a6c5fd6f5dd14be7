import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { Client, Pool } from 'pg';
import { DataSource } from 'typeorm';

import { Admission } from '../../src/ledger/admission.js';
import { CheckpointSigner } from '../../src/ledger/checkpoint-signer.js';
import { DatabaseSession } from '../../src/ledger/database-session.js';
import type { EventRecord } from '../../src/ledger/event-record.js';
import { committed } from '../../src/ledger/index.js';
import type { PostgresAuditedTransaction } from '../../src/ledger/postgres-audited-transaction.js';
import { Sealer } from '../../src/ledger/sealer.js';
import { formatEntry, leafHash } from '../../src/ledger/tree/index.js';
import { LosableClient, PreparingClient, SystemIdSource } from '../../src/platform/index.js';
import { median } from '../percentile.js';
import type { Figures } from '../report.js';
import {
  accounts,
  asSuperuser,
  draft,
  type Ground,
  newRecorder,
  newRunner,
  openGround,
  origin,
} from './ground.js';

const connections = 32;
const warmUpMilliseconds = 700;
const turnMilliseconds = 1_000;
const rounds = 6;
const settleMillisecondsMax = 20_000;
const sealerConnections = 3;

/**
 * Measures one business transaction, an update of one account's balance, with and without its event:
 * audited and sealed, against none, against the event's row alone, and against a chain whose head each
 * transaction locks. Each makes its events by the same recorder; only the audited one signs receipts.
 * All use the same driver, pool and prepared statements, and as few round trips as their design allows.
 */
export async function runContest(): Promise<Figures> {
  const ground = await openGround();
  try {
    await prepare(ground);
    const asItIs = await measureAll(ground);
    const delayed = await measureDelayed(ground, 1000);
    const delayedMore = await measureDelayed(ground, 4000);
    return {
      ...report('', asItIs),
      ...report(', commit_delay 1000', delayed),
      ...report(', commit_delay 4000', delayedMore),
      ...(await storage(ground)),
      'RSS MB': rss(),
    };
  } finally {
    await ground.close();
  }
}

function prepare(ground: Ground): Promise<void> {
  return asSuperuser(ground, [
    'CREATE TABLE bench_accounts (id int PRIMARY KEY, balance bigint NOT NULL) WITH (fillfactor = 50)',
    `INSERT INTO bench_accounts SELECT n, 0 FROM generate_series(1, ${accounts}) AS n`,
    'CREATE TABLE bench_events (LIKE audit_events INCLUDING ALL) PARTITION BY RANGE (id)',
    'CREATE TABLE bench_events_all PARTITION OF bench_events DEFAULT',
    'CREATE TABLE bench_chain_head (id int PRIMARY KEY, size bigint NOT NULL, head bytea NOT NULL) WITH (fillfactor = 10)',
    "INSERT INTO bench_chain_head VALUES (1, 0, sha256(''))",
    'CREATE TABLE bench_entries (LIKE audit_entries INCLUDING ALL)',
    'GRANT SELECT, INSERT ON bench_events, bench_entries TO probity_app',
    'GRANT SELECT, UPDATE ON bench_chain_head, bench_accounts TO probity_app',
  ]);
}

const ways = ['none', 'row', 'audited', 'keyed', 'locked', 'lockedStepwise'] as const;
type Way = (typeof ways)[number];

interface Measured {
  /** Transactions per second, in each round. */
  readonly rates: Readonly<Record<Way, readonly number[]>>;
  readonly lagP50: number;
  readonly lagP99: number;
  readonly latencyP50: number;
  readonly latencyP99: number;
}

async function measureAll(ground: Ground): Promise<Measured> {
  const app = new DataSource({
    type: 'postgres',
    url: ground.database.urls.app.reveal(),
    extra: { max: connections, pipeline: true, Client: PreparingClient },
  });
  await app.initialize();
  const pool = new Pool({
    connectionString: ground.database.urls.sealer.reveal(),
    max: sealerConnections,
    pipeline: true,
    Client: LosableClient,
  });
  // A connection that breaks while it is ended concerns nobody.
  pool.on('error', () => undefined);
  const admission = new Admission();
  const signer = new CheckpointSigner(ground.keys, origin, { path: join(ground.folder, 'signer') });
  const sealer = new Sealer({ pool, signer, admission, onFault: console.error });
  try {
    sealer.start();
    const audited = newRunner(ground, app, admission);
    return await measureInTurns({ ground, app, sealer, audited });
  } finally {
    await sealer.stop();
    await pool.end();
    await app.destroy();
  }
}

/** As {@link measureAll}, with every commit waiting so many microseconds for others to join its flush. */
async function measureDelayed(ground: Ground, microseconds: number): Promise<Measured> {
  await asSuperuser(ground, [
    `ALTER DATABASE probity SET commit_delay = ${String(microseconds)}`,
    'ALTER DATABASE probity SET commit_siblings = 0',
  ]);
  return measureAll(ground);
}

interface Contest {
  readonly ground: Ground;
  readonly app: DataSource;
  readonly sealer: Sealer;
  readonly audited: PostgresAuditedTransaction;
}

/** Short turns, one after the other: whatever else the machine does meets all ways alike. */
async function measureInTurns(contest: Contest): Promise<Measured> {
  const { sealer } = contest;
  const record = recorderOf(contest);
  const latencies: number[] = [];
  const once: Readonly<Record<Way, () => Promise<unknown>>> = {
    none: () => withoutEvent(contest.app),
    row: () => withRow(contest.app, record),
    audited: () => timed(latencies, () => withAuditedEvent(contest)),
    keyed: () => withKey(contest),
    locked: () => underLock(contest.app, record),
    lockedStepwise: () => underLockStepwise(contest.app, record),
  };
  const rates: Record<Way, number[]> = {
    none: [],
    row: [],
    audited: [],
    keyed: [],
    locked: [],
    lockedStepwise: [],
  };
  for (const way of ways) await turn(once[way], warmUpMilliseconds);
  await settle(sealer);
  sealer.lag.reset();
  latencies.length = 0;
  for (let round = 0; round < rounds; round += 1)
    for (const way of ways) {
      rates[way].push(await turn(once[way], turnMilliseconds));
      if (way === 'audited' || way === 'keyed') await settle(sealer);
    }
  latencies.sort((a, b) => a - b);
  const quantile = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? 0;
  return {
    rates,
    lagP50: sealer.lag.quantile(0.5),
    lagP99: sealer.lag.quantile(0.99),
    latencyP50: quantile(0.5),
    latencyP99: quantile(0.99),
  };
}

/** Answers transactions per second. */
async function turn(once: () => Promise<unknown>, milliseconds: number): Promise<number> {
  const started = performance.now();
  const end = started + milliseconds;
  let count = 0;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() < end) {
        await once();
        count += 1;
      }
    }),
  );
  return (count * 1000) / (performance.now() - started);
}

const ids = new SystemIdSource();
const bodyDigest = createHash('sha256').update('{}').digest('hex');

const updateText = 'UPDATE bench_accounts SET balance = balance + $1 WHERE id = $2';
const updateValues = (): [number, number] => [50_000, 1 + Math.floor(Math.random() * accounts)];
const insertText = `INSERT INTO bench_events (id, event, event_hash, mac, payload, payload_key_id, type,
    actor_id, subject_ref, case_id, outcome, request_id, recorded_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`;
const chainText = `WITH event AS (${insertText}), entry AS (
    INSERT INTO bench_entries (leaf_index, event_id, leaf_hash) VALUES ($14, $1, $15)
  ) UPDATE bench_chain_head SET size = size + 1, head = $15 WHERE id = 1`;

const headText = 'SELECT size, head FROM bench_chain_head WHERE id = $1 FOR UPDATE';

interface ChainHead {
  readonly size: string;
  readonly head: Buffer;
}

/** The values of {@link chainText}: the event, its place and its leaf. */
function chained(row: EventRecord, head?: ChainHead): unknown[] {
  if (!head) throw new Error('The chain has no head');
  const leaf = leafHash(formatEntry(Number(head.size), head.head, row.event));
  return [...valuesOf(row), head.size, leaf];
}

type Recording = () => Promise<EventRecord>;

/** Makes the very rows that the runner would write, for those who write them without a ledger. */
function recorderOf({ ground, app }: Contest): Recording {
  const recorder = newRecorder(ground);
  const { actor } = ground;
  const context = { actor, manager: app.manager, outcome: 'success', problem: null } as const;
  return () => recorder.record({ ...context, now: recorder.now() }, draft());
}

function valuesOf(row: EventRecord): unknown[] {
  const { id, event, eventHash, mac, payload, payloadKeyId, type, actorId } = row;
  const { subjectRef, caseId, outcome, requestId, recordedAt } = row;
  return [
    ...[id, event, eventHash, mac, payload, payloadKeyId, type, actorId],
    ...[subjectRef, caseId, outcome, requestId, recordedAt],
  ];
}

/** BEGIN and the update in one round trip, as the runner's; then whatever ends the transaction. */
async function inSession(
  app: DataSource,
  end: (session: DatabaseSession) => Promise<void>,
): Promise<void> {
  const session = await DatabaseSession.open(app);
  try {
    await session.begin();
    await session.query(updateText, updateValues());
    await end(session);
  } finally {
    await session.release();
  }
}

function withoutEvent(app: DataSource): Promise<void> {
  return inSession(app, (session) =>
    session.commitWith({ name: 'bench-none', text: 'SELECT', values: [] }),
  );
}

function withRow(app: DataSource, record: Recording): Promise<void> {
  return inSession(app, async (session) => {
    const values = valuesOf(await record());
    await session.commitWith({ name: 'bench-row', text: insertText, values });
  });
}

function withAuditedEvent(
  { audited, ground }: Contest,
  idempotency?: { readonly scope: string; readonly key: string; readonly digest: string },
): Promise<unknown> {
  return audited.run(
    ground.actor,
    async (tx) => {
      await tx.query(updateText, updateValues());
      return committed({ ok: true }, draft());
    },
    { idempotency },
  );
}

function withKey(contest: Contest): Promise<unknown> {
  const key = ids.random();
  return withAuditedEvent(contest, { scope: 'bench POST /append', key, digest: bodyDigest });
}

/**
 * The lock is taken as late as it can be: after the update, when the event is made and only the
 * chain is left to write.
 */
function underLock(app: DataSource, record: Recording): Promise<void> {
  return inSession(app, async (session) => {
    const row = await record();
    const [head] = await session.query<ChainHead>(headText, [1]);
    const values = chained(row, head);
    await session.commitWith({ name: 'bench-chain', text: chainText, values });
  });
}

/** The same chain and statements, each in a round trip of its own, as applications commonly send them. */
async function underLockStepwise(app: DataSource, record: Recording): Promise<void> {
  const runner = app.createQueryRunner();
  try {
    const driver = (await runner.connect()) as Client;
    await driver.query('BEGIN');
    await driver.query(updateText, updateValues());
    const row = await record();
    const { rows } = await driver.query<ChainHead>(headText, [1]);
    await driver.query({ name: 'bench-chain', text: chainText, values: chained(row, rows[0]) });
    await driver.query('COMMIT');
  } finally {
    await runner.release();
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

/** Rates and ratios are the medians over the rounds; a ratio compares the turns of one round. */
function report(suffix: string, { rates, ...measured }: Measured): Figures {
  const hundredths = (value: number): number => Math.round(value * 100) / 100;
  const rate = (way: Way): number => Math.round(median(rates[way]));
  const ratio = (one: Way, other: Way): number =>
    hundredths(median(rates[one].map((value, round) => value / (rates[other][round] ?? value))));
  return {
    [`without an event /s${suffix}`]: rate('none'),
    [`with an unsealed event row /s${suffix}`]: rate('row'),
    [`audited and sealed /s${suffix}`]: rate('audited'),
    [`audited with idempotency key /s${suffix}`]: rate('keyed'),
    [`under a lock on the chain head, pipelined /s${suffix}`]: rate('locked'),
    [`under a lock on the chain head, a statement a round trip /s${suffix}`]:
      rate('lockedStepwise'),
    [`audited / without${suffix}`]: ratio('audited', 'none'),
    [`audited / unsealed row${suffix}`]: ratio('audited', 'row'),
    [`audited with key / unsealed row${suffix}`]: ratio('keyed', 'row'),
    [`audited / lock, pipelined${suffix}`]: ratio('audited', 'locked'),
    [`audited / lock, a statement a round trip${suffix}`]: ratio('audited', 'lockedStepwise'),
    [`audited p50 ms${suffix}`]: hundredths(measured.latencyP50),
    [`audited p99 ms${suffix}`]: hundredths(measured.latencyP99),
    [`seal lag p50 ms${suffix}`]: measured.lagP50,
    [`seal lag p99 ms${suffix}`]: measured.lagP99,
  };
}

/** What an event costs on disk, indexes included, after all that were made here. */
async function storage({ superuserUrl }: Ground): Promise<Figures> {
  const client = new Client({ connectionString: superuserUrl });
  await client.connect();
  const { rows } = await client.query<{ name: string; bytes: string }>(selectStorage);
  await client.end();
  return Object.fromEntries(
    rows.map(({ name, bytes }) => [`storage, bytes per event: ${name}`, Math.round(Number(bytes))]),
  );
}

const selectStorage = `
  SELECT relation.name, sum(pg_total_relation_size(part.relid)) / (SELECT count(*) FROM audit_entries) AS bytes
  FROM unnest(ARRAY['audit_events', 'audit_entries', 'audit_tiles', 'audit_checkpoints'])
    WITH ORDINALITY AS relation (name, place)
  CROSS JOIN LATERAL pg_partition_tree(relation.name::regclass) AS part
  GROUP BY relation.name, relation.place ORDER BY relation.place
`;

function rss(): number {
  return Math.round(process.memoryUsage().rss / 1_048_576);
}
