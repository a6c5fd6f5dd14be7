import { setTimeout as sleep } from 'node:timers/promises';

import { Client, Pool } from 'pg';
import { DataSource } from 'typeorm';

import { Admission } from '../../src/ledger/admission.js';
import {
  CheckpointSigner,
  committed,
  type LedgerVerification,
  verifyLedger,
} from '../../src/ledger/index.js';
import { sealerLock } from '../../src/ledger/sealer.js';
import {
  type FileKeyStore,
  type OpenDatabase,
  serviceActor,
  SystemIdSource,
} from '../../src/platform/index.js';
import { draft, newRunner, origin } from '../ledger/ground.js';

const brokenMilliseconds = 20;

/** How far the log is, as its database says. */
export interface Progress {
  /** Committed events that wait for the sealer. */
  readonly backlog: number;
  /** The asked event's; null where it waits. */
  readonly leafIndex: number | null;
  /** Size of the newest signed checkpoint. */
  readonly covered: number;
}

export interface SoakedLogParts {
  readonly database: OpenDatabase;
  readonly keys: FileKeyStore;
  readonly memoryPath: string;
}

/** The log under the soak: what can be asked of it while its database comes and goes. */
export class SoakedLog {
  /** Ids of the events that the soak itself was promised. */
  readonly acknowledged: string[] = [];
  readonly #app: DataSource;
  readonly #reader: Pool;
  readonly #actor = serviceActor('soak', new SystemIdSource().random());

  private constructor(private readonly parts: SoakedLogParts) {
    const { app, reader } = parts.database.urls;
    this.#app = new DataSource({
      type: 'postgres',
      url: app.reveal(),
      extra: { max: 1 },
      poolErrorHandler: () => undefined,
    });
    this.#reader = new Pool({ connectionString: reader.reveal(), max: 1 });
    this.#reader.on('error', () => undefined);
  }

  static async open(parts: SoakedLogParts): Promise<SoakedLog> {
    const log = new SoakedLog(parts);
    await log.#app.initialize();
    return log;
  }

  async close(): Promise<void> {
    await this.#app.destroy();
    await this.#reader.end();
  }

  /** Commits one event, as soon as the database takes it. @returns its id */
  async mark(millisecondsMax: number): Promise<string> {
    const audited = newRunner(this.parts, this.#app, new Admission());
    const deadline = performance.now() + millisecondsMax;
    for (;;) {
      try {
        const work = () => Promise.resolve(committed({}, draft()));
        const { receipt } = await audited.run(this.#actor, work);
        this.acknowledged.push(receipt.eventId);
        return receipt.eventId;
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await sleep(brokenMilliseconds);
      }
    }
  }

  /** Null while the database is away. */
  async progress(eventId: string): Promise<Progress | null> {
    const row = await this.#ask<{ backlog: string; leaf_index: string | null; covered: string }>(
      selectProgress,
      [eventId],
    );
    if (row === null) return null;
    const leafIndex = row.leaf_index === null ? null : Number(row.leaf_index);
    return { backlog: Number(row.backlog), leafIndex, covered: Number(row.covered) };
  }

  async isSettled(): Promise<boolean> {
    const row = await this.#ask<{ settled: boolean }>(selectSettled);
    return row?.settled === true;
  }

  /** The process whose session holds the sealer's lock; null where none does. */
  async activeSealer(): Promise<number | null> {
    const client = await this.#openSuperuser().catch(() => null);
    try {
      const answer = await client?.query<{ process: string }>(selectActive, [sealerLock]);
      const [row] = answer?.rows ?? [];
      return row ? Number(row.process) : null;
    } finally {
      await client?.end();
    }
  }

  /** When the server was started; null while it is away. */
  async serverStartedAt(): Promise<string | null> {
    const row = await this.#ask<{ at: string }>('SELECT pg_postmaster_start_time()::text AS at');
    return row?.at ?? null;
  }

  /** Kills the whole server at once; whoever owns it starts it again at the same address. */
  async killServer(): Promise<void> {
    const client = await this.#openSuperuser();
    const { rows } = await client.query<{ pid: string }>(
      "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1) AS pid",
    );
    process.kill(Number(rows[0]?.pid), 'SIGKILL');
    await client.end().catch(() => undefined);
  }

  /** @param acknowledged ids of all events that anybody was promised */
  async count(acknowledged: readonly string[]) {
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

  async verify(): Promise<LedgerVerification> {
    const { keys, memoryPath } = this.parts;
    const signer = new CheckpointSigner(keys, origin, { path: memoryPath });
    return verifyLedger({
      connection: this.#reader,
      origin,
      verifiers: signer.verifiers(),
      macOf: (event) => keys.mac('audit-event', event),
      lastSigned: signer.lastSigned(),
    });
  }

  async #ask<Row extends object>(text: string, values: unknown[] = []): Promise<Row | null> {
    const answer = await this.#reader
      .query<Row & Record<string, unknown>>(text, values)
      .catch(() => null);
    return answer?.rows[0] ?? null;
  }

  async #openSuperuser(): Promise<Client> {
    const { embedded } = this.parts.database;
    if (!embedded) throw new Error('The soak runs on the embedded server');
    const url = embedded.urlOf('postgres', embedded.credentials.superuser, 'probity');
    const client = new Client({ connectionString: url.reveal() });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }
}

const selectProgress = `
  SELECT (SELECT count(*) FROM audit_pending) AS backlog,
    (SELECT leaf_index FROM audit_entries WHERE event_id = $1) AS leaf_index,
    (SELECT coalesce(max(tree_size), 0) FROM audit_checkpoints) AS covered
`;

const selectSettled = `
  SELECT NOT EXISTS (SELECT FROM audit_pending)
    AND (SELECT max(tree_size) FROM audit_checkpoints) = (SELECT tree_size FROM sealer_progress) AS settled
`;

/** The halves of the lock's number stand in two columns. */
const selectActive = `
  SELECT application_name AS process FROM pg_locks JOIN pg_stat_activity USING (pid)
  WHERE locktype = 'advisory' AND granted AND (classid::bigint << 32) | objid::bigint = $1
`;

const selectRecorded = `
  SELECT count(*) AS recorded, count(*) FILTER (WHERE entry.event_id IS NULL) AS unsealed
  FROM audit_events AS event LEFT JOIN audit_entries AS entry ON entry.event_id = event.id
`;
