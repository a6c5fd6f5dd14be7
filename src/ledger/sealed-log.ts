import type { QueryResultRow } from 'pg';

import type { Queryable } from './log-reader.js';
import { RecentGrowth } from './recent-growth.js';
import {
  appendLeaves,
  foldHashes,
  formatEntry,
  type Frontier,
  hashBytes,
  leafHash,
  proveConsistency,
  rootOf,
  splitHashes,
  tileWidth,
} from './tree/index.js';

/** The log is written by another sealer since: this one must stop at once. */
export class SealerFenced extends Error {
  override readonly name = 'SealerFenced';
}

/** Thrown where the stored log contradicts itself; nothing is added to such a log. */
export class LogContradiction extends Error {
  override readonly name = 'LogContradiction';
}

export interface SealedBatch {
  /** Events that got an index. */
  readonly sealed: number;
  /** Ids that were in the queue without an event behind them, or once more: nothing to seal, much to ask. */
  readonly orphans: readonly string[];
  /** Milliseconds since the epoch, per sealed event, as its UUIDv7 states (RFC 9562 §5.7). */
  readonly madeAt: readonly number[];
}

/** As the migration cuts `audit_entries`. */
export const entriesPerPartition = 1_048_576;

const uniqueViolation = '23505';
const divisionByZero = '22012';

interface ProgressRow extends QueryResultRow {
  readonly fence: string;
  readonly tree_size: string;
  readonly frontier: Buffer;
  readonly last_leaf_hash: Buffer;
}

interface TakenRow extends QueryResultRow {
  readonly id: string;
  readonly event: string | null;
}

interface QueuedEvent extends TakenRow {
  readonly event: string;
}

interface EarlierPartitions {
  readonly size: number;
  /** The greatest id of an event in them; empty where there is none. */
  readonly newestId: string;
}

interface FullTile {
  readonly level: number;
  readonly index: number;
  readonly hashes: Buffer;
  readonly root: Buffer;
}

/** What changes from batch to batch; replaced as a whole once its batch has committed. */
interface Head {
  readonly frontier: Frontier;
  readonly lastLeafHash: Buffer;
  /** Per tile level, the hashes of the tile that is not full yet. */
  readonly openTiles: readonly (readonly Buffer[])[];
}

/**
 * The log as its one active sealer holds it: head in memory, each batch in one transaction with the
 * progress row, whose fence another sealer raises when it takes over.
 */
export class SealedLog {
  /** What was added since the growth was last forgotten. */
  #growth: RecentGrowth;
  /** What stands before the partition that is being filled; nothing can be added to it any more. */
  #earlier: EarlierPartitions = { size: 0, newestId: '' };

  private constructor(
    private readonly connection: Queryable,
    private readonly fence: string,
    private readonly partitionEntries: number,
    private head: Head,
  ) {
    this.#growth = new RecentGrowth(head.frontier);
  }

  /**
   * Raises the fence and loads the head.
   *
   * @param partitionEntries how many entries a partition of the database holds
   * @throws LogContradiction where the stored hashes do not add up to the stored head.
   */
  static async takeOver(
    connection: Queryable,
    partitionEntries: number = entriesPerPartition,
  ): Promise<SealedLog> {
    const { rows } = await connection.query<ProgressRow>(
      `UPDATE sealer_progress SET fence = fence + 1 WHERE id = 1
       RETURNING fence, tree_size, frontier, last_leaf_hash`,
    );
    const [row] = rows;
    if (!row) throw new LogContradiction('The progress row is gone');
    const size = Number(row.tree_size);
    const head: Head = {
      frontier: { size, hashes: splitHashes(row.frontier) },
      lastLeafHash: row.last_leaf_hash,
      openTiles: await loadOpenTiles(connection, size),
    };
    assertHeadAddsUp(head);
    return new SealedLog(connection, row.fence, partitionEntries, head);
  }

  /** Raised at each take-over; a checkpoint is stored only under the present one. */
  get fenceNumber(): string {
    return this.fence;
  }

  get treeSize(): number {
    return this.head.frontier.size;
  }

  get rootHash(): Buffer {
    return rootOf(this.head.frontier);
  }

  /** Proves, from memory, that the log only grew since the tree of `size`; null where it is too long ago. */
  proveGrowthSince(size: number): Promise<Buffer[]> | null {
    if (size !== this.#growth.size) return null;
    return proveConsistency(size, this.treeSize, this.#growth.source());
  }

  /** Lets go of what was kept to prove growth, up to the present size. */
  forgetGrowth(): void {
    this.#growth = new RecentGrowth(this.head.frontier);
  }

  /**
   * Gives the next events of the queue their indices, within one partition.
   *
   * @throws SealerFenced where another sealer has taken over; then nothing of the batch stands.
   */
  async sealBatch(limit: number): Promise<SealedBatch> {
    const begun = this.connection.query('BEGIN');
    begun.catch(() => undefined);
    try {
      const room = this.partitionEntries - (this.treeSize % this.partitionEntries);
      const { rows } = await this.connection.query<TakenRow>(takePending, [Math.min(limit, room)]);
      await begun;
      const repeated = await this.#findSealedEarlier(rows);
      const isNew = (row: TakenRow): row is QueuedEvent =>
        row.event !== null && !repeated.has(row.id);
      const events = rows.filter(isNew);
      const batch = grow(this.head, events);
      await this.#commit(batch);
      this.head = batch.head;
      this.#growth.add(batch.leafHashes);
      return {
        sealed: events.length,
        orphans: rows.filter((row) => !isNew(row)).map((row) => row.id),
        madeAt: events.map((row) => millisecondsOf(row.id)),
      };
    } catch (error) {
      await this.connection.query('ROLLBACK');
      if ((error as { code?: unknown }).code !== uniqueViolation) throw error;
      return { sealed: 0, orphans: await this.#dropSealedBefore(), madeAt: [] };
    }
  }

  /**
   * Finds what stands in an earlier partition already: a unique index sees no further than its own.
   * Ids begin with their time (RFC 9562 §5.7), so that only the first moments of a partition, and a
   * repeat, bring one that is old enough to be looked up.
   */
  async #findSealedEarlier(rows: readonly TakenRow[]): Promise<ReadonlySet<string>> {
    const { size, newestId } = await this.#lookEarlier();
    const ids = rows.map((row) => row.id).filter((id) => id <= newestId);
    if (ids.length === 0) return new Set();
    const found = await this.connection.query<{ event_id: string }>(selectSealedEarlier, [
      ids,
      size,
    ]);
    return new Set(found.rows.map((row) => row.event_id));
  }

  async #lookEarlier(): Promise<EarlierPartitions> {
    const size = this.treeSize - (this.treeSize % this.partitionEntries);
    if (size === this.#earlier.size) return this.#earlier;
    const { rows } = await this.connection.query<{ event_id: string }>(selectNewestEarlier, [size]);
    this.#earlier = { size, newestId: rows[0]?.event_id ?? '' };
    return this.#earlier;
  }

  /** Queued twice, an event keeps the one place it has: nothing but its second ticket goes. */
  async #dropSealedBefore(): Promise<string[]> {
    const { rows } = await this.connection.query<{ event_id: string }>(
      `DELETE FROM audit_pending USING audit_entries
       WHERE audit_entries.event_id = audit_pending.event_id RETURNING audit_pending.event_id`,
    );
    if (rows.length === 0) throw new SealerFenced('Another sealer gives out the same indices');
    return rows.map((row) => row.event_id);
  }

  /** COMMIT travels behind the batch: where the fence has moved, the batch fails and COMMIT rolls back. */
  async #commit({ head, first, ids, leafHashes, tiles }: Growth): Promise<void> {
    const stored = this.connection.query(storeBatch, [
      first,
      `{${ids.join(',')}}`,
      Buffer.concat(leafHashes),
      tiles.map((tile) => tile.level),
      tiles.map((tile) => tile.index),
      Buffer.concat(tiles.map((tile) => tile.hashes)),
      Buffer.concat(tiles.map((tile) => tile.root)),
      this.fence,
      head.frontier.size,
      Buffer.concat(head.frontier.hashes),
      head.lastLeafHash,
    ]);
    const committed = this.connection.query('COMMIT');
    committed.catch(() => undefined);
    await stored.catch((error: unknown) => {
      const isFenced = (error as { code?: unknown }).code === divisionByZero;
      throw isFenced ? new SealerFenced('Another sealer has taken over') : error;
    });
    const { command } = await committed;
    if (command !== 'COMMIT') throw new Error('The batch was rolled back');
  }
}

/** The lateral look-up keeps the plan a walk along the primary key, whatever the statistics say. */
const takePending = `
  WITH taken AS (
    SELECT event_id FROM audit_pending ORDER BY event_id LIMIT $1 FOR UPDATE SKIP LOCKED
  ), gone AS (
    DELETE FROM audit_pending USING taken WHERE audit_pending.event_id = taken.event_id
    RETURNING audit_pending.event_id
  )
  SELECT gone.event_id AS id, found.event
  FROM gone LEFT JOIN LATERAL (
    SELECT event FROM audit_events WHERE audit_events.id = gone.event_id OFFSET 0
  ) AS found ON true
  ORDER BY gone.event_id
`;

const selectNewestEarlier = `
  SELECT event_id FROM audit_entries WHERE leaf_index < $1 ORDER BY event_id DESC LIMIT 1
`;

const selectSealedEarlier = `
  SELECT event_id FROM audit_entries WHERE event_id = ANY($1::uuid[]) AND leaf_index < $2
`;

/**
 * Hashes travel side by side in one value: an array of a thousand would be quoted one by one. The
 * division fails the whole transaction where no progress row has our fence.
 */
const storeBatch = `
  WITH entries AS (
    INSERT INTO audit_entries (leaf_index, event_id, leaf_hash)
    SELECT $1::bigint + place - 1, id, substring($3::bytea FROM (place::int - 1) * ${hashBytes} + 1 FOR ${hashBytes})
    FROM unnest($2::uuid[]) WITH ORDINALITY AS event (id, place)
  ), tiles AS (
    INSERT INTO audit_tiles (level, tile_index, hashes, root_hash)
    SELECT level, tile_index,
      substring($6::bytea FROM (place::int - 1) * ${tileWidth * hashBytes} + 1 FOR ${tileWidth * hashBytes}),
      substring($7::bytea FROM (place::int - 1) * ${hashBytes} + 1 FOR ${hashBytes})
    FROM unnest($4::smallint[], $5::bigint[]) WITH ORDINALITY AS tile (level, tile_index, place)
  ), progress AS (
    UPDATE sealer_progress SET tree_size = $9, frontier = $10, last_leaf_hash = $11
    WHERE id = 1 AND fence = $8
    RETURNING 1
  )
  SELECT 1 / count(*) FROM progress
`;

interface Growth {
  readonly head: Head;
  readonly first: number;
  readonly ids: readonly string[];
  readonly leafHashes: readonly Buffer[];
  readonly tiles: readonly FullTile[];
}

function grow(head: Head, events: readonly { id: string; event: string }[]): Growth {
  const first = head.frontier.size;
  let previous = head.lastLeafHash;
  const leafHashes = events.map(({ event }, place) => {
    previous = leafHash(formatEntry(first + place, previous, event));
    return previous;
  });
  const { openTiles, tiles } = fillTiles(head, leafHashes);
  return {
    head: { frontier: appendLeaves(head.frontier, leafHashes), lastLeafHash: previous, openTiles },
    first,
    ids: events.map(({ id }) => id),
    leafHashes,
    tiles,
  };
}

/** Each tile that fills up gives its root to the open tile of the level above. */
function fillTiles(
  head: Head,
  leafHashes: readonly Buffer[],
): { openTiles: Buffer[][]; tiles: FullTile[] } {
  const openTiles = head.openTiles.map((hashes) => [...hashes]);
  const tiles: FullTile[] = [];
  let size = head.frontier.size;
  for (const hash of leafHashes) {
    size += 1;
    let carried = hash;
    for (let level = 0, span = tileWidth; ; level += 1, span *= tileWidth) {
      const open = (openTiles[level] ??= []);
      open.push(carried);
      if (open.length < tileWidth) break;
      const hashes = Buffer.concat(open);
      carried = foldHashes(hashes);
      tiles.push({ level, index: size / span - 1, hashes, root: carried });
      open.length = 0;
    }
  }
  return { openTiles, tiles };
}

async function loadOpenTiles(connection: Queryable, size: number): Promise<Buffer[][]> {
  const openTiles: Buffer[][] = [];
  for (let level = 0, count = size; count > 0; level += 1, count = Math.floor(count / tileWidth)) {
    const first = count - (count % tileWidth);
    const { rows } = await connection.query<{ hash: Buffer }>(
      level === 0
        ? 'SELECT leaf_hash AS hash FROM audit_entries WHERE leaf_index >= $1 ORDER BY leaf_index'
        : `SELECT root_hash AS hash FROM audit_tiles
           WHERE tile_index >= $1 AND level = ${level - 1} ORDER BY tile_index`,
      [first],
    );
    openTiles.push(rows.map((row) => row.hash));
  }
  return openTiles;
}

/** Loaded on two ways, the head must be one: an entry too many or too few stops the sealer here. */
function assertHeadAddsUp({ frontier, lastLeafHash, openTiles }: Head): void {
  let rebuilt: Buffer | null = null;
  for (const [level, open] of openTiles.entries()) {
    const expected = Math.floor(frontier.size / tileWidth ** level) % tileWidth;
    if (open.length !== expected)
      throw new LogContradiction('The log is longer or shorter than its head');
    const row: readonly Buffer[] = rebuilt ? [...open, rebuilt] : open;
    rebuilt = row.length === 0 ? null : rootOf(appendLeaves({ size: 0, hashes: [] }, row));
  }
  if (rebuilt && !rebuilt.equals(rootOf(frontier))) {
    throw new LogContradiction('The stored hashes do not add up to the head');
  }
  const lastOpen = openTiles[0]?.at(-1);
  if (lastOpen && !lastOpen.equals(lastLeafHash)) {
    throw new LogContradiction('The last entry is not the one the head names');
  }
}

function millisecondsOf(uuidv7: string): number {
  return parseInt(uuidv7.slice(0, 8) + uuidv7.slice(9, 13), 16);
}
