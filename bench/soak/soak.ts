import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { Client, Pool } from 'pg';

import { CheckpointSigner, type LedgerVerification, verifyLedger } from '../../src/ledger/index.js';
import {
  FileKeyStore,
  loadConfig,
  openDatabase,
  type OpenDatabase,
} from '../../src/platform/index.js';
import { origin } from '../ledger/ground.js';
import { SoakedProcess } from './soaked-process.js';

export interface SoakPlan {
  readonly events: number;
  readonly processes: number;
  /** Of the process whose sealer is active, of another one, and of the database server. */
  readonly kills: { readonly sealers: number; readonly writers: number; readonly database: number };
  /** What Node is started with for one process, the program's path last. */
  readonly program: readonly string[];
  readonly onProgress?: (sentence: string) => void;
}

/** What came of it; every list of the lost and the doubled must be empty. */
export interface Soaked {
  readonly acknowledged: number;
  readonly recorded: number;
  readonly entries: number;
  /** Acknowledged, and not in the log. */
  readonly lost: readonly string[];
  /** Recorded and committed, and not in the log. */
  readonly unsealed: number;
  readonly sealedTwice: number;
  readonly killed: number;
  /** From the kill of an active sealer to the next checkpoint. */
  readonly takeOverMillisecondsMax: number;
  readonly lagMillisecondsP99: number;
  /** From the last event's commit to the checkpoint that covers everything. */
  readonly settleMilliseconds: number;
  readonly rssMegabytesMax: number;
  readonly seconds: number;
  readonly faults: readonly string[];
  readonly verification: LedgerVerification;
}

const settleMillisecondsMax = 60_000;
const pollMilliseconds = 50;

/** Lets processes write and seal while they, and the database, are killed under one another. */
export async function soak(plan: SoakPlan): Promise<Soaked> {
  const folder = await mkdtemp(join(tmpdir(), 'probity-soak-'));
  const database = await openDatabase(loadConfig({ PROBITY_DATA_DIR: folder }), { mode: 'own' });
  const run = new SoakRun(plan, database, folder);
  try {
    return await run.soak();
  } finally {
    await run.close();
    await database.close();
    await rm(folder, { recursive: true, force: true });
  }
}

class SoakRun {
  readonly #all: SoakedProcess[] = [];
  readonly #reader: Pool;
  readonly #keysDirectory: string;
  readonly #memoryPath: string;
  #running: SoakedProcess[] = [];
  #takeOverMax = 0;
  #killed = 0;

  constructor(
    private readonly plan: SoakPlan,
    private readonly database: OpenDatabase,
    folder: string,
  ) {
    this.#keysDirectory = join(folder, 'keys');
    this.#memoryPath = join(folder, 'last-signed');
    this.#reader = new Pool({ connectionString: database.urls.reader.reveal(), max: 1 });
    this.#reader.on('error', () => undefined);
  }

  async soak(): Promise<Soaked> {
    const started = performance.now();
    const { processes, events } = this.plan;
    // Made before the processes start: each would make its own keys.
    await this.#openKeys();
    this.#running = Array.from({ length: processes }, () => this.#start(events / processes));
    await this.#disturb();
    await this.#until(() => this.#running.every(({ isDone }) => isDone), Infinity);
    const settleMilliseconds = await this.#settle();
    await Promise.all(this.#running.map((one) => one.kill()));
    return {
      ...(await this.#count()),
      killed: this.#killed,
      takeOverMillisecondsMax: Math.round(this.#takeOverMax),
      lagMillisecondsP99: Math.max(...this.#running.map((one) => one.lagMillisecondsP99)),
      settleMilliseconds,
      rssMegabytesMax: Math.max(...this.#all.map((one) => one.rssMegabytesMax)),
      seconds: Math.round((performance.now() - started) / 1000),
      faults: this.#all.flatMap(({ faults }) => faults),
      verification: await this.#verify(),
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.#running.map((one) => one.kill()));
    await this.#reader.end();
  }

  #openKeys(): Promise<FileKeyStore> {
    const directory = this.#keysDirectory;
    return FileKeyStore.open({ directory, masterKey: null, production: false });
  }

  #start(events: number): SoakedProcess {
    const { app, sealer } = this.database.urls;
    const started = new SoakedProcess(this.plan.program, {
      appUrl: app.reveal(),
      sealerUrl: sealer.reveal(),
      keysDirectory: this.#keysDirectory,
      memoryPath: this.#memoryPath,
      events: Math.max(0, Math.ceil(events)),
    });
    this.#all.push(started);
    return started;
  }

  /** The kills, spread evenly over the work, the kinds in turn. */
  async #disturb(): Promise<void> {
    const { sealers, writers, database } = this.plan.kills;
    const kinds = [
      ...Array.from({ length: sealers }, (_, n) => [(n + 0.5) / sealers, 'sealer'] as const),
      ...Array.from({ length: writers }, (_, n) => [(n + 0.4) / writers, 'writer'] as const),
      ...Array.from({ length: database }, (_, n) => [(n + 0.6) / database, 'database'] as const),
    ].sort(([one], [other]) => one - other);
    for (const [share, kind] of kinds) {
      const due = this.plan.events * share;
      await this.#until(() => this.#acknowledged() >= due, Infinity);
      this.plan.onProgress?.(`${this.#acknowledged()} acknowledged; killing a ${kind}`);
      this.#killed += 1;
      if (kind === 'database') await this.#killDatabase();
      else await this.#killProcess(kind === 'sealer');
    }
  }

  async #killProcess(isActive: boolean): Promise<void> {
    await this.#until(
      () => this.#running.some(({ state }) => state === 'active'),
      settleMillisecondsMax,
    );
    const place = this.#running.findIndex(({ state }) => (state === 'active') === isActive);
    const victim = this.#running[place];
    if (!victim) throw new Error('Nobody is there to be killed');
    const size = await this.#checkpointSize();
    const died = performance.now();
    await victim.kill();
    // Whoever takes its place has only its open work left to do.
    this.#running[place] = this.#start(victim.eventsLeft);
    if (!isActive) return;
    await this.#until(async () => (await this.#checkpointSize()) > size, settleMillisecondsMax);
    this.#takeOverMax = Math.max(this.#takeOverMax, performance.now() - died);
  }

  /** The whole server at once; whoever owns it starts it again at the same address. */
  async #killDatabase(): Promise<void> {
    const { embedded } = this.database;
    if (!embedded) throw new Error('The soak runs on the embedded server');
    const url = embedded.urlOf('postgres', embedded.credentials.superuser, 'postgres');
    const client = new Client({ connectionString: url.reveal() });
    client.on('error', () => undefined);
    await client.connect();
    const { rows } = await client.query<{ pid: string }>(
      "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1) AS pid",
    );
    const size = await this.#checkpointSize();
    process.kill(Number(rows[0]?.pid), 'SIGKILL');
    await client.end().catch(() => undefined);
    await this.#until(async () => (await this.#checkpointSize()) > size, settleMillisecondsMax);
  }

  async #settle(): Promise<number> {
    const started = performance.now();
    await this.#until(async () => {
      const { rows } = await this.#reader.query<{ settled: boolean }>(selectSettled);
      return rows[0]?.settled === true;
    }, settleMillisecondsMax);
    return Math.round(performance.now() - started);
  }

  async #count() {
    const acknowledged = this.#all.flatMap((one) => one.acknowledged);
    const { rows: entries } = await this.#reader.query<{ id: string }>(
      'SELECT event_id AS id FROM audit_entries',
    );
    const { rows } = await this.#reader.query<{ recorded: string; unsealed: string }>(
      selectRecorded,
    );
    const known = new Set(entries.map(({ id }) => id));
    return {
      acknowledged: acknowledged.length,
      entries: entries.length,
      recorded: Number(rows[0]?.recorded),
      lost: acknowledged.filter((id) => !known.has(id)),
      unsealed: Number(rows[0]?.unsealed),
      sealedTwice: entries.length - known.size,
    };
  }

  async #verify(): Promise<LedgerVerification> {
    const keys = await this.#openKeys();
    const signer = new CheckpointSigner(keys, origin, { path: this.#memoryPath });
    return verifyLedger({
      connection: this.#reader,
      origin,
      verifiers: signer.verifiers(),
      macOf: (event) => keys.mac('audit-event', event),
      lastSigned: signer.lastSigned(),
    });
  }

  #acknowledged(): number {
    return this.#all.reduce((sum, one) => sum + one.acknowledged.length, 0);
  }

  /** 0 while the database is away. */
  async #checkpointSize(): Promise<number> {
    const size = 'SELECT coalesce(max(tree_size), 0) AS size FROM audit_checkpoints';
    const answer = await this.#reader.query<{ size: string }>(size).catch(() => null);
    return Number(answer?.rows[0]?.size ?? 0);
  }

  async #until(
    condition: () => boolean | Promise<boolean>,
    millisecondsMax: number,
  ): Promise<void> {
    const deadline = performance.now() + millisecondsMax;
    while (!(await condition())) {
      if (this.#running.some(({ hasFailed }) => hasFailed))
        throw new Error('A process ended that nobody had killed');
      if (performance.now() > deadline) throw new Error(`Waited in vain: ${this.#describe()}`);
      await sleep(pollMilliseconds);
    }
  }

  #describe(): string {
    return this.#running
      .map(
        ({ state, acknowledged, faults }) =>
          `${state} ${acknowledged.length} ${faults.at(-1) ?? ''}`,
      )
      .join('; ');
  }
}

const selectSettled = `
  SELECT NOT EXISTS (SELECT FROM audit_pending)
    AND (SELECT max(tree_size) FROM audit_checkpoints) = (SELECT tree_size FROM sealer_progress) AS settled
`;

const selectRecorded = `
  SELECT count(*) AS recorded, count(*) FILTER (WHERE entry.event_id IS NULL) AS unsealed
  FROM audit_events AS event LEFT JOIN audit_entries AS entry ON entry.event_id = event.id
`;
