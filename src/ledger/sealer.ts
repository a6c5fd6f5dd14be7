import { setTimeout as sleep } from 'node:timers/promises';

import type { Pool, PoolClient } from 'pg';

import { SystemClock } from '../platform/index.js';
import type { Admission } from './admission.js';
import type { CheckpointSigner } from './checkpoint-signer.js';
import { hashSourceOf } from './log-reader.js';
import { SealLag } from './seal-lag.js';
import { entriesPerPartition, SealedLog } from './sealed-log.js';
import { proveConsistency } from './tree/index.js';

/** One lock per database: who holds it on a session is the active sealer. */
export const sealerLock = 7_762_489_102;
const batchEventsMax = 2_000;
/** Long enough that a busy log is sealed in batches that are worth their commit. */
const pauseMilliseconds = 25;
const checkpointMilliseconds = 250;
/** More news than this is signed at once. */
const checkpointEntries = 16_384;
/** A standby asks for the lock; to wait in line for it would hold a snapshot, and vacuum with it. */
const takeOverMilliseconds = 200;
const faultMilliseconds = 1_000;
const backlogMilliseconds = 1_000;
const partitionsMilliseconds = 3_600_000;
const drainMillisecondsMax = 5_000;

export interface SealerStats {
  readonly state: 'stopped' | 'standby' | 'active' | 'fault';
  readonly treeSize: number;
  readonly checkpointSize: number;
  readonly backlog: number;
  /** Age of the first event that is sealed and not yet covered by a checkpoint; 0 where there is none. */
  readonly uncoveredMilliseconds: number;
  readonly lagP50: number;
  readonly lagP99: number;
}

export interface SealerParts {
  /** Of connections whose loss ends no process (`LosableClient`). */
  readonly pool: Pool;
  readonly signer: CheckpointSigner;
  readonly admission: Admission;
  /** Told of everything that keeps the sealer from sealing. */
  readonly onFault: (error: unknown) => void;
}

/**
 * Chains committed events: indices, leaves, tiles, signed checkpoints. Any number may run, one is
 * active; another takes over within two seconds of its death. Needs nothing but its parts, so that
 * it can run in the service, a worker or a process of its own.
 */
export class Sealer {
  readonly lag = new SealLag();
  /** The lag is real time, whatever day is simulated: event ids state the machine's own. */
  readonly #clock = new SystemClock();
  #state: SealerStats['state'] = 'stopped';
  #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #log: SealedLog | null = null;
  #checkpointSize = 0;
  #checkpointAt = -Infinity;
  /** When the events between the last checkpoint and the tree's edge were made. */
  #uncovered: number[] = [];
  #isSigning = false;
  #checkpointing: Promise<void> = Promise.resolve();
  #checkpointFault: Error | null = null;
  #isIdle = true;
  #backlogAt = -Infinity;
  #partitionsAt = -Infinity;
  #partition = -1;

  constructor(private readonly parts: SealerParts) {}

  get backlogMax(): number {
    return this.parts.admission.backlogMax;
  }

  start(): void {
    if (this.#state !== 'stopped') return;
    this.#stop = new AbortController();
    this.#state = 'standby';
    this.#running = this.#run();
  }

  /** Seals what is left, signs it, and lets another sealer take over. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.#state = 'stopped';
  }

  stats(): SealerStats {
    return {
      state: this.#state,
      treeSize: this.#log?.treeSize ?? 0,
      checkpointSize: this.#checkpointSize,
      backlog: this.parts.admission.backlog,
      uncoveredMilliseconds:
        this.#uncovered.length === 0 ? 0 : this.#epochNow() - (this.#uncovered[0] ?? 0),
      lagP50: this.lag.quantile(0.5),
      lagP99: this.lag.quantile(0.99),
    };
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#attempt();
        await this.#pause(takeOverMilliseconds);
      } catch (error) {
        this.#state = 'fault';
        this.parts.onFault(error);
        await this.#pause(faultMilliseconds);
      }
    }
  }

  /** Takes the lock or leaves; leads for as long as it holds it. */
  async #attempt(): Promise<void> {
    const client = await this.parts.pool.connect();
    let isLeader = false;
    try {
      const { rows } = await client.query<{ locked: boolean }>(
        'SELECT pg_try_advisory_lock($1) AS locked',
        [sealerLock],
      );
      isLeader = rows[0]?.locked === true;
      if (isLeader) await this.#lead(client);
      else await this.#standBy(client);
    } finally {
      await this.#checkpointing;
      this.#checkpointFault = null;
      this.#log = null;
      this.#uncovered = [];
      // The lock ends with its session, whatever state that is in.
      client.release(isLeader);
    }
  }

  async #standBy(client: PoolClient): Promise<void> {
    this.#state = 'standby';
    await this.#publishBacklog(client);
  }

  async #lead(client: PoolClient): Promise<void> {
    // Nothing but the head stands between the old sealer and the new: partitions are looked at later.
    const log = await SealedLog.takeOver(client);
    await this.#reconcileSigner(client, log);
    this.#log = log;
    this.#state = 'active';
    let drainUntil: number | null = null;
    for (;;) {
      const sealed = await this.#sealNext(client, log);
      const isStopping = this.#stop.signal.aborted;
      await this.#checkpointIfDue(log, isStopping && sealed === 0);
      if (isStopping) drainUntil ??= performance.now() + drainMillisecondsMax;
      if (drainUntil !== null && (sealed === 0 || performance.now() > drainUntil)) return;
      if (sealed < batchEventsMax && !isStopping) await this.#pause(pauseMilliseconds);
    }
  }

  /** Before anything is added: is this the log that was signed before, here or by another process? */
  async #reconcileSigner(client: PoolClient, log: SealedLog): Promise<void> {
    const source = hashSourceOf(client);
    const { rows } = await client.query<{ note: string; tree_size: string }>(
      'SELECT note, tree_size FROM audit_checkpoints ORDER BY tree_size DESC LIMIT 1',
    );
    const [newest] = rows;
    if (newest) {
      await this.parts.signer.adopt(newest.note, (first, second) =>
        proveConsistency(first, second, source),
      );
    }
    this.#checkpointSize = Number(newest?.tree_size ?? 0);
    await this.parts.signer.assertContinues(log, (size) =>
      proveConsistency(size, log.treeSize, source),
    );
  }

  async #sealNext(client: PoolClient, log: SealedLog): Promise<number> {
    await this.#extendPartitionsIfDue(client, log);
    await this.#publishBacklog(client);
    if (this.#isIdle && !(await hasPending(client))) return 0;
    const { sealed, orphans, madeAt } = await log.sealBatch(batchEventsMax);
    if (orphans.length > 0) {
      const some = orphans.slice(0, 10).join(', ');
      this.parts.onFault(new Error(`Queued without an unsealed event: ${some}`));
    }
    this.#uncovered.push(...madeAt);
    const taken = sealed + orphans.length;
    this.#isIdle = taken === 0;
    return taken;
  }

  /** Signs beside the next batches; only the last one is waited for. */
  async #checkpointIfDue(log: SealedLog, atOnce: boolean): Promise<void> {
    if (atOnce) await this.#checkpointing;
    this.#assertCheckpointed();
    if (this.#isSigning || log.treeSize === this.#checkpointSize) return;
    const isMuch = log.treeSize - this.#checkpointSize >= checkpointEntries;
    const isTime = performance.now() >= this.#checkpointAt + checkpointMilliseconds;
    if (!atOnce && !isMuch && !isTime) return;
    this.#checkpointAt = performance.now();
    this.#isSigning = true;
    this.#checkpointing = this.#checkpoint(log)
      .catch((error: unknown) => {
        this.#checkpointFault = error instanceof Error ? error : new Error(String(error));
      })
      .finally(() => (this.#isSigning = false));
    if (!atOnce) return;
    await this.#checkpointing;
    this.#assertCheckpointed();
  }

  #assertCheckpointed(): void {
    if (this.#checkpointFault !== null) throw this.#checkpointFault;
  }

  async #checkpoint(log: SealedLog): Promise<void> {
    const { treeSize, rootHash, fenceNumber } = log;
    const covered = this.#uncovered;
    const growth = log.proveGrowthSince(this.#checkpointSize);
    this.#uncovered = [];
    log.forgetGrowth();
    const note = await this.parts.signer.sign(
      { treeSize, rootHash },
      (size) => growth ?? proveConsistency(size, treeSize, hashSourceOf(this.parts.pool)),
    );
    const signedAt = this.parts.signer.now();
    await this.parts.pool.query(storeCheckpoint, [treeSize, rootHash, note, fenceNumber, signedAt]);
    this.#checkpointSize = treeSize;
    const now = this.#epochNow();
    for (const madeAt of covered) this.lag.record(now - madeAt);
  }

  /** Counted up to the limit only: how far beyond it the queue is tells nobody more. */
  async #publishBacklog(client: PoolClient): Promise<void> {
    if (performance.now() < this.#backlogAt + backlogMilliseconds) return;
    this.#backlogAt = performance.now();
    const { rows } = await client.query<{ events: string }>(
      'SELECT count(*) AS events FROM (SELECT FROM audit_pending LIMIT $1) AS queued',
      [this.parts.admission.backlogMax + 1],
    );
    this.parts.admission.publishBacklog(Number(rows[0]?.events ?? 0));
  }

  async #extendPartitionsIfDue(client: PoolClient, log: SealedLog): Promise<void> {
    const partition = Math.floor(log.treeSize / entriesPerPartition);
    const isDue =
      partition !== this.#partition ||
      performance.now() > this.#partitionsAt + partitionsMilliseconds;
    if (!isDue) return;
    await this.#extendPartitions(client);
    this.#partition = partition;
  }

  async #extendPartitions(client: PoolClient): Promise<void> {
    this.#partitionsAt = performance.now();
    await client.query('SELECT extend_ledger_partitions()');
  }

  #epochNow(): number {
    return this.#clock.now().getTime();
  }

  async #pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }
}

/**
 * Not by a sealer that was fenced off: its checkpoint would be true, but it is no longer its to
 * publish. The time is that of the clock by which keys retire, and never goes back: it says which
 * keys may have signed.
 */
const storeCheckpoint = `
  INSERT INTO audit_checkpoints (tree_size, root_hash, note, signed_at)
  SELECT $1, $2, $3, greatest($5::timestamptz, (
    SELECT signed_at FROM audit_checkpoints ORDER BY tree_size DESC LIMIT 1
  )) FROM sealer_progress WHERE id = 1 AND fence = $4
  ON CONFLICT (tree_size) DO NOTHING
`;

async function hasPending(client: PoolClient): Promise<boolean> {
  const { rows } = await client.query<{ some: boolean }>(
    'SELECT EXISTS (SELECT FROM audit_pending) AS some',
  );
  return rows[0]?.some === true;
}
