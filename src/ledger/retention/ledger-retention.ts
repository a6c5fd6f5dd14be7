import { setTimeout as sleep } from 'node:timers/promises';

import { type Clock, type IdSource, serviceActor } from '../../platform/index.js';
import type { AuditedTransaction } from '../audited-transaction.js';
import { pruned } from '../ledger.events.js';
import type { Queryable } from '../log-reader.js';
import { committed } from '../outcome.js';
import type { PublishedCheckpoints } from '../witness/published-checkpoints.js';
import {
  ArchiveDamaged,
  type ArchiveKeys,
  archivePath,
  LedgerArchive,
  writeArchive,
} from './archive.js';
import type { LegalHolds } from './legal-holds.port.js';
import { type Pruning, readPrunings } from './prunings.js';
import { findHeld, planPruning, type RetentionPlan } from './retention-plan.js';

/** The service has no folder for archives. */
export class NoArchiveDirectory extends Error {
  override readonly name = 'NoArchiveDirectory';

  constructor() {
    super('PROBITY_ARCHIVE_DIR is not set: nothing leaves the ledger without an archive');
  }
}

/** A session that can hold a lock, of the application's role. */
export interface SessionSource {
  createQueryRunner(): {
    query(sql: string, values?: unknown[]): Promise<unknown>;
    release(): Promise<void>;
  };
}

export interface RetentionParts {
  readonly app: SessionSource;
  /** Of the reader role. */
  readonly reader: Queryable;
  readonly audited: AuditedTransaction;
  readonly checkpoints: PublishedCheckpoints;
  readonly holds: LegalHolds;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly trust: () => ArchiveKeys;
  readonly directory: string | null;
  /** How long a run waits for its event to be sealed; the next run goes on. */
  readonly sealMillisecondsMax?: number;
}

export interface RetentionRun {
  /** What was archived, and named in the log, by this run. */
  readonly pruned: Pick<RetentionPlan, 'from' | 'to'> | null;
  /** Partitions that this run dropped. */
  readonly dropped: readonly string[];
  /** What comes next, and what keeps it. */
  readonly next: RetentionPlan;
}

const runLock = 7_762_489_105;
const eventLock = 7_762_489_106;
const sealMilliseconds = 30_000;
const pollMilliseconds = 50;

/**
 * Lets expired entries go, a partition at a time: archived, read back and recomputed; then named in
 * the log by an event; then, once that event is sealed and signed, dropped. Cut off anywhere, the
 * next run goes on from there: an archive without an event is used, an event without a drop is
 * followed by it.
 */
export class LedgerRetention {
  constructor(private readonly parts: RetentionParts) {}

  async plan(): Promise<RetentionPlan> {
    const { reader, clock, holds } = this.parts;
    return planPruning({
      origin: this.parts.trust().origin,
      connection: reader,
      now: clock.now(),
      holds: await holds.standing(),
    });
  }

  /**
   * Does what is due; nothing where another process is doing it.
   *
   * @throws NoArchiveDirectory; ArchiveDamaged where an archive is not what it must be.
   */
  async run(): Promise<RetentionRun> {
    if (this.parts.directory === null) throw new NoArchiveDirectory();
    const session = this.parts.app.createQueryRunner();
    try {
      const [row] = (await session.query('SELECT pg_try_advisory_lock($1) AS locked', [
        runLock,
      ])) as { locked: boolean }[];
      if (row?.locked !== true) return { pruned: null, dropped: [], next: await this.plan() };
      try {
        return await this.#runAsOnly(this.parts.directory, session);
      } finally {
        await session.query('SELECT pg_advisory_unlock($1)', [runLock]);
      }
    } finally {
      await session.release();
    }
  }

  async #runAsOnly(
    directory: string,
    session: ReturnType<SessionSource['createQueryRunner']>,
  ): Promise<RetentionRun> {
    // What a run that was cut off has left to do.
    const dropped = await this.#drop(directory, session);
    const plan = await this.plan();
    if (plan.obstacle !== null) return { pruned: null, dropped, next: plan };
    const isNamed = await this.#archive(directory, plan);
    if (!isNamed) return { pruned: null, dropped, next: await this.plan() };
    const more = await this.#drop(directory, session);
    const { from, to } = plan;
    return { pruned: { from, to }, dropped: [...dropped, ...more], next: await this.plan() };
  }

  /** Writes the archive, proves it good, and names it in the log. */
  async #archive(directory: string, { from, to }: RetentionPlan): Promise<boolean> {
    const { reader, checkpoints, audited, ids } = this.parts;
    const trust = this.parts.trust();
    const { origin } = trust;
    const path = archivePath(directory, { origin, from, to });
    if (!(await LedgerArchive.open(path, trust))) {
      const checkpoint = await checkpoints.newest();
      if (!checkpoint || checkpoint.treeSize < to) return false;
      const before = (await readPrunings(reader, origin)).at(-1) ?? null;
      await writeArchive({ ...trust, connection: reader, directory, from, to, before, checkpoint });
    }
    const archive = await this.#verified(path);
    // It took its time: a hold may have come, or a clock gone back.
    if ((await this.plan()).obstacle !== null) return false;
    await audited.run(serviceActor('ledger-retention', ids.random()), async (tx) => {
      await tx.query('SELECT pg_advisory_xact_lock($1)', [eventLock]);
      const [last] = await tx.query<{ to: string | null }>(selectLastTo, [origin]);
      if (Number(last?.to ?? 0) !== from) throw new Error('Another process has pruned meanwhile');
      const root = archive.manifest.root.toString('base64');
      const archiveDigest = archive.digest.toString('base64');
      return committed({}, pruned({ detail: { origin, from, to, root, archiveDigest } }));
    });
    return true;
  }

  /** Drops what the log says is archived, if the archives are there and no hold has come since. */
  async #drop(
    directory: string,
    session: ReturnType<SessionSource['createQueryRunner']>,
  ): Promise<string[]> {
    const { origin } = this.parts.trust();
    const prunings = await readPrunings(this.parts.reader, origin);
    const newest = prunings.at(-1);
    const first = await this.#firstEntry();
    if (!newest || first >= newest.to || !(await this.#isSealed(newest))) return [];
    for (const pruning of prunings.filter(({ to }) => to > first)) {
      const archive = await this.#verified(archivePath(directory, { origin, ...pruning }));
      if (archive.digest.toString('base64') !== pruning.archiveDigest)
        throw new ArchiveDamaged('The archive is not the one that the log names');
    }
    const holds = await this.parts.holds.standing();
    if (await findHeld({ connection: this.parts.reader, holds }, first, newest.to)) return [];
    const rows = (await session.query('SELECT prune_ledger_partitions($1) AS partition', [
      newest.to,
    ])) as { partition: string }[];
    return rows.map(({ partition }) => partition);
  }

  async #verified(path: string): Promise<LedgerArchive> {
    const archive = await LedgerArchive.open(path, this.parts.trust());
    if (!archive) throw new ArchiveDamaged(`${path} is missing`);
    await archive.verify();
    return archive;
  }

  async #firstEntry(): Promise<number> {
    const { rows } = await this.parts.reader.query<{ first: string | null }>(
      'SELECT min(leaf_index) AS first FROM audit_entries',
    );
    return Number(rows[0]?.first ?? 0);
  }

  /** Waits a while for the sealer and the signer. */
  async #isSealed({ eventId }: Pruning): Promise<boolean> {
    const deadline = performance.now() + (this.parts.sealMillisecondsMax ?? sealMilliseconds);
    for (;;) {
      const { rows } = await this.parts.reader.query<{ sealed: boolean }>(selectIsSealed, [
        eventId,
      ]);
      if (rows[0]?.sealed === true) return true;
      if (performance.now() > deadline) return false;
      await sleep(pollMilliseconds);
    }
  }
}

const selectLastTo = `
  SELECT max((event::json #>> '{detail,to}')::bigint) AS "to"
  FROM audit_events WHERE type = 'ledger.pruned' AND outcome = 'success'
    AND event::json #>> '{detail,origin}' = $1
`;

const selectIsSealed = `
  SELECT EXISTS (
    SELECT FROM audit_checkpoints
    WHERE tree_size > (SELECT leaf_index FROM audit_entries WHERE event_id = $1)
  ) AS sealed
`;
