import type { QueryResultRow } from 'pg';

import { type Queryable, selectLeafHash } from './log-reader.js';
import {
  formatEntry,
  formatEntryBundle,
  hashBytes,
  noPreviousLeafHash,
  type Tile,
  tileOf,
  tileWidth,
} from './tree/index.js';

interface HashRow extends QueryResultRow {
  readonly hash: Buffer;
}

interface EntryRow extends QueryResultRow {
  readonly leaf_hash: Buffer;
  /** Null where the event is gone. */
  readonly event: string | null;
}

/**
 * The log as the static resources that C2SP tlog-tiles names, read out of the tables. Full tiles are
 * stored as they are; partial ones, of any width, follow from what lies below them, and bundles from
 * the events.
 */
export class LogTiles {
  constructor(
    /** Of the reader role. */
    private readonly connection: Queryable,
  ) {}

  /** Null where a tree of this size has no such tile, or the log no longer holds what it is made of. */
  async read(tile: Tile, treeSize: number): Promise<Buffer | null> {
    const newest = tileOf(tile.level, tile.index, treeSize);
    if (!newest || newest.width < tile.width) return null;
    if (tile.level === 'entries') return this.#readEntries(tile);
    return tile.width === tileWidth ? this.#readFull(tile) : this.#readPartial(tile);
  }

  async #readFull({ level, index }: Tile): Promise<Buffer | null> {
    const { rows } = await this.connection.query<{ hashes: Buffer }>(
      'SELECT hashes FROM audit_tiles WHERE level = $1 AND tile_index = $2',
      [level, index],
    );
    return rows[0]?.hashes ?? null;
  }

  async #readPartial({ level, index, width }: Tile): Promise<Buffer | null> {
    // A leaf tile that is full by now: its entries may have left the database.
    const full = level === 0 ? await this.#readFull({ level, index, width: tileWidth }) : null;
    if (full) return full.subarray(0, width * hashBytes);
    const first = index * tileWidth;
    const { rows } =
      level === 0
        ? await this.connection.query<HashRow>(selectLeafHashes, [first, first + width])
        : await this.connection.query<HashRow>(selectRoots, [
            first,
            first + width,
            Number(level) - 1,
          ]);
    return rows.length === width ? Buffer.concat(rows.map(({ hash }) => hash)) : null;
  }

  async #readEntries({ index, width }: Tile): Promise<Buffer | null> {
    const first = index * tileWidth;
    const [before, { rows: own }] = await Promise.all([
      this.connection.query<{ leaf_hash: Buffer | null }>(selectLeafHash, [first - 1]),
      this.connection.query<EntryRow>(selectEntries, [first, first + width]),
    ]);
    const hash = first === 0 ? noPreviousLeafHash : before.rows[0]?.leaf_hash;
    if (own.length !== width || !hash) return null;
    let previous: Buffer = hash;
    const entries: Buffer[] = [];
    for (const [place, { event, leaf_hash }] of own.entries()) {
      if (event === null) return null;
      entries.push(formatEntry(first + place, previous, event));
      previous = leaf_hash;
    }
    return formatEntryBundle(entries);
  }
}

const selectLeafHashes = `
  SELECT leaf_hash AS hash FROM audit_entries
  WHERE leaf_index >= $1 AND leaf_index < $2 ORDER BY leaf_index
`;

const selectRoots = `
  SELECT root_hash AS hash FROM audit_tiles
  WHERE tile_index >= $1 AND tile_index < $2 AND level = $3 ORDER BY tile_index
`;

const selectEntries = `
  SELECT entry.leaf_hash, found.event
  FROM audit_entries AS entry LEFT JOIN LATERAL (
    SELECT event FROM audit_events WHERE audit_events.id = entry.event_id OFFSET 0
  ) AS found ON true
  WHERE entry.leaf_index >= $1 AND entry.leaf_index < $2 ORDER BY entry.leaf_index
`;
