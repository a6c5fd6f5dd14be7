import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { Logger } from '@nestjs/common';

import { codeOf, type ReaderDatabase } from '../../platform/index.js';
import type { AuditEventDraft } from '../audit-event.js';
import { findGuardFaults, listSchemaChanges } from '../guard/guard-look.js';
import { clockChanged, faultCleared, faultDetected, schemaChanged } from '../ledger.events.js';
import { type Queryable, readThrough } from '../log-reader.js';
import { type ClockReading, ClockWatch } from './clock-watch.js';
import { type FaultBook, type LedgerFault, nameOf } from './fault-book.js';
import { lookMilliseconds, type LogRounds } from './log-rounds.js';

/** Who holds it on a session of the database watches; the others stand by. */
const watchLock = 7_762_489_104;
const guardMilliseconds = 5_000;
const guardKind = 'guard_changed';

export interface WatchParts {
  readonly reader: ReaderDatabase;
  readonly rounds: LogRounds;
  readonly faults: FaultBook;
  /** File of the last schema change that was reported. */
  readonly schemaPath: string;
  readonly isEmbedded: boolean;
  /** Records an event of the service's own, and tells people where it is an alert. */
  readonly report: (event: AuditEventDraft, isAlert: boolean) => Promise<void>;
  readonly now: () => Pick<ClockReading, 'service' | 'monotonic'>;
}

/**
 * Verifies the ledger for as long as the service runs: the log, its guard and the clocks. One process
 * at a time; each fault is an event once, and stands open until a whole round no longer finds it.
 */
export class LedgerWatch {
  readonly clocks = new ClockWatch();
  readonly #logger = new Logger('LedgerWatch');
  readonly #seen = new Set<string>();
  /** A round that another process began may have found what is not found again here. */
  #isOwnRound = false;
  #guardAt = -Infinity;
  #lookedAt = performance.now();
  #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(private readonly parts: WatchParts) {}

  /** Faults that stand open. */
  get faults(): number {
    return this.parts.faults.size;
  }

  /** Since some process here could last look, in milliseconds. */
  get sinceLook(): number {
    return performance.now() - this.#lookedAt;
  }

  start(): void {
    this.#stop = new AbortController();
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.look().catch((error: unknown) => this.#logger.warn(`No look: ${String(error)}`));
      await sleep(lookMilliseconds, undefined, { signal }).catch(() => undefined);
    }
  }

  /** One look; nothing where another process watches. */
  async look(): Promise<void> {
    const runner = this.parts.reader.createQueryRunner();
    try {
      const connection = readThrough(runner);
      const { rows } = await connection.query<{ locked: boolean }>(
        'SELECT pg_try_advisory_lock($1) AS locked',
        [watchLock],
      );
      await this.parts.faults.load();
      if (rows[0]?.locked === true) await this.#lookAsOnly(connection);
      else this.#isOwnRound = false;
      this.#lookedAt = performance.now();
    } finally {
      await runner.release();
    }
  }

  async #lookAsOnly(connection: Queryable): Promise<void> {
    try {
      await this.#lookAtClocks(connection);
      await this.#lookAtLog(connection);
      await this.#lookAtGuard(connection);
    } finally {
      await connection.query('SELECT pg_advisory_unlock($1)', [watchLock]);
    }
  }

  async #lookAtClocks(connection: Queryable): Promise<void> {
    const before = this.parts.now();
    const { rows } = await connection.query<{ now: Date }>('SELECT clock_timestamp() AS now');
    const after = this.parts.now();
    const changes = this.clocks.observe({
      service: (before.service + after.service) / 2,
      monotonic: (before.monotonic + after.monotonic) / 2,
      database: rows[0]?.now.getTime() ?? 0,
    });
    for (const detail of changes) await this.parts.report(clockChanged({ detail }), true);
  }

  async #lookAtLog(connection: Queryable): Promise<void> {
    const { damages, isRoundOver } = await this.parts.rounds.look(connection);
    const found = damages.map((damage): LedgerFault => ({ ...damage, object: null }));
    for (const fault of found) this.#seen.add(nameOf(fault));
    await this.#enter(found);
    if (!isRoundOver) return;
    if (this.#isOwnRound) await this.#crossOut(this.#seen, ({ kind }) => kind !== guardKind);
    this.#isOwnRound = true;
    this.#seen.clear();
  }

  async #lookAtGuard(connection: Queryable): Promise<void> {
    if (performance.now() < this.#guardAt + guardMilliseconds) return;
    this.#guardAt = performance.now();
    await this.#reportSchemaChanges(connection);
    const sentences = await findGuardFaults(connection, this.parts);
    const found = sentences.map((object): LedgerFault => ({
      kind: guardKind,
      leafIndex: null,
      eventId: null,
      object,
    }));
    await this.#enter(found);
    await this.#crossOut(new Set(found.map(nameOf)), ({ kind }) => kind === guardKind);
  }

  async #reportSchemaChanges(connection: Queryable): Promise<void> {
    const changes = await listSchemaChanges(connection, await this.#lastSchemaChange());
    for (const { id, ...detail } of changes) {
      await this.parts.report(schemaChanged({ outcome: 'failed', detail }), true);
      await writeFile(this.parts.schemaPath, `${id}\n`, { flush: true });
    }
  }

  async #lastSchemaChange(): Promise<number> {
    try {
      return Number(await readFile(this.parts.schemaPath, 'utf8'));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return 0;
      throw error;
    }
  }

  /** Reported before it is entered: a crash between the two tells it twice, and never not at all. */
  async #enter(found: readonly LedgerFault[]): Promise<void> {
    const news = this.parts.faults.enter(found);
    if (news.length === 0) return;
    for (const detail of news) {
      await this.parts.report(faultDetected({ outcome: 'failed', detail }), true);
    }
    await this.parts.faults.save();
  }

  async #crossOut(
    found: ReadonlySet<string>,
    isOfLook: (fault: LedgerFault) => boolean,
  ): Promise<void> {
    const gone = this.parts.faults.keepOnly(found, isOfLook);
    if (gone.length === 0) return;
    for (const detail of gone) await this.parts.report(faultCleared({ detail }), false);
    await this.parts.faults.save();
  }
}
