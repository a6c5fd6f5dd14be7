import type { QueryResultRow } from 'pg';

import { type Queryable, selectLeafHash } from '../log-reader.js';
import type { LedgerArchives } from '../retention/archive.js';
import { prunedSize, type Pruning, readPrunings } from '../retention/prunings.js';
import {
  type CheckpointTrust,
  foldHashes,
  formatEntry,
  hashBytes,
  leafHash,
  noPreviousLeafHash,
  openCheckpoint,
  type Tile,
  tileWidth,
} from '../tree/index.js';
import type { Damage, DamageKind } from './damage.js';
import type { ExaminedTile, LogSource, TreeHead } from './log-source.js';
import { examinePrunedTile } from './pruned-entries.js';
import { examineCosignatures } from './stored-cosignatures.js';
import { eventColumns, type EventRow, examineEvent } from './verify-event.js';

export interface DatabaseLogOptions {
  readonly connection: Queryable;
  readonly origin: string;
  readonly trust: CheckpointTrust;
  /** The keys that were in use at an instant, where that is known: a retired key signs no more. */
  readonly trustAt?: ((signedAt: Date) => CheckpointTrust) | null;
  readonly macOf: ((event: string) => Buffer) | null;
  readonly lastSigned: TreeHead | null;
  /** Where entries went that left the database; without them only their tiles are examined. */
  readonly archives?: LedgerArchives | null;
}

interface EntryRow extends EventRow {
  readonly leaf_index: string;
  readonly event_id: string;
  readonly leaf_hash: Buffer;
  readonly places: string;
}

interface TileRow extends QueryResultRow {
  readonly tile_index: string;
  readonly hashes: Buffer;
  readonly root_hash: Buffer;
}

interface CheckpointRow extends QueryResultRow {
  readonly tree_size: string;
  readonly root_hash: Buffer;
  readonly note: string;
  readonly signed_at: Date;
  /** Of the checkpoint before it. */
  readonly previous_at: Date | null;
}

/** The log as the database keeps it: entries made anew from the events, held against stored hashes. */
export class DatabaseLog implements LogSource {
  /** One connection answers one question at a time. */
  readonly parallelism = 1;
  #checkpoints = 0;
  #prunings: readonly Pruning[] | null = null;

  constructor(private readonly options: DatabaseLogOptions) {}

  /** Checkpoints whose signatures were good so far. */
  get checkpoints(): number {
    return this.#checkpoints;
  }

  /** Entries that left the database, as sealed events say. */
  async prunedSize(): Promise<number> {
    return prunedSize(await this.#readPrunings());
  }

  async #readPrunings(): Promise<readonly Pruning[]> {
    return (this.#prunings ??= await readPrunings(this.options.connection, this.options.origin));
  }

  async examine(first: number, beyond: number): Promise<ExaminedTile[]> {
    const pruned = await this.prunedSize();
    if (first >= pruned) return this.#examineStored(first, beyond);
    const edge = Math.min(pruned, beyond);
    const below = await this.#examinePruned(first, edge);
    const isWhole = below.every(({ root }) => root !== null);
    if (edge === beyond || !isWhole) return below;
    return [...below, ...(await this.#examineStored(edge, beyond))];
  }

  async #examinePruned(first: number, beyond: number): Promise<ExaminedTile[]> {
    const { connection, macOf, archives = null } = this.options;
    const range = [first / tileWidth, beyond / tileWidth];
    const tiles = await connection.query<TileRow>(selectLeafTiles, range);
    const stored = new Map(tiles.rows.map((row) => [Number(row.tile_index), row]));
    const { rows } = await connection.query<EntryRow>(selectEntries, [first, beyond]);
    const examination = { macOf, archives, prunings: await this.#readPrunings() };
    const examined: ExaminedTile[] = [];
    let before = await this.#leafHashAt(first - 1);
    for (let start = first; start < beyond; start += tileWidth) {
      const tileIndex = start / tileWidth;
      const own = rows.filter(
        (row) => Math.floor(Number(row.leaf_index) / tileWidth) === tileIndex,
      );
      const tile = { tileIndex, before, stored: stored.get(tileIndex) ?? null, rows: own };
      const found = await examinePrunedTile(tile, examination);
      examined.push(found);
      if (!found.root) break;
      before = found.hashes.subarray(-hashBytes);
    }
    return examined;
  }

  async #leafHashAt(index: number): Promise<Buffer> {
    const { rows } = await this.options.connection.query<{ leaf_hash: Buffer | null }>(
      selectLeafHash,
      [index],
    );
    return rows[0]?.leaf_hash ?? noPreviousLeafHash;
  }

  async #examineStored(first: number, beyond: number): Promise<ExaminedTile[]> {
    const { connection } = this.options;
    const entries = await connection.query<EntryRow>(selectEntries, [first, beyond]);
    const tiles = await connection.query<TileRow>(selectLeafTiles, [
      first / tileWidth,
      beyond / tileWidth,
    ]);
    const stored = new Map(tiles.rows.map((row) => [Number(row.tile_index), row]));
    const examined: ExaminedTile[] = [];
    let previous = await this.#leafHashAt(first - 1);
    for (let start = first; start < beyond; start += tileWidth) {
      const width = Math.min(tileWidth, beyond - start);
      const rows = unbroken(entries.rows.slice(start - first, start - first + width), start);
      const tile = this.#examineTile(rows, start, previous);
      const isWhole = rows.length === width;
      const row = stored.get(start / tileWidth);
      const damage = isWhole ? compareLeafTile(tile, row, start) : missingAt(start + rows.length);
      examined.push({ ...tile, damages: [...tile.damages, ...damage] });
      if (!isWhole) break;
      previous = rows.at(-1)?.leaf_hash ?? previous;
    }
    return examined;
  }

  #examineTile(rows: readonly EntryRow[], start: number, before: Buffer): ExaminedTile {
    const damages: Damage[] = [];
    let previous = before;
    for (const [place, row] of rows.entries()) {
      const kind =
        examineEvent(row, this.options.macOf) ?? examinePlace(row, start + place, previous);
      if (kind !== null) damages.push({ kind, leafIndex: start + place, eventId: row.event_id });
      // What is stored goes on, so that one bad place is named once and not with all that follow it.
      previous = row.leaf_hash;
    }
    const hashes = Buffer.concat(rows.map((row) => row.leaf_hash));
    const isFull = rows.length === tileWidth;
    return { hashes, damages, root: isFull ? foldHashes(hashes) : null };
  }

  async heads(
    after: number,
    upTo: number,
  ): Promise<{ heads: readonly TreeHead[]; damages: readonly Damage[] }> {
    const { rows } = await this.options.connection.query<CheckpointRow>(selectCheckpoints, [
      after,
      upTo,
    ]);
    const heads: TreeHead[] = [];
    const { connection, trust } = this.options;
    const damages = await examineCosignatures(connection, trust, { after, upTo });
    for (const row of rows) {
      const opened = this.#open(row);
      if (opened) heads.push(opened);
      const kind = this.#damageOf(row, opened);
      if (kind) damages.push({ kind, leafIndex: Number(row.tree_size), eventId: null });
    }
    this.#checkpoints += heads.length;
    const { lastSigned } = this.options;
    const prunings = await this.#readPrunings();
    const named = [
      ...(lastSigned ? [lastSigned] : []),
      ...prunings.map(({ to, rootHash }) => ({ treeSize: to, rootHash })),
    ];
    const here = named.filter(({ treeSize }) => treeSize > after && treeSize <= upTo);
    return { heads: [...heads, ...here], damages };
  }

  #damageOf(row: CheckpointRow, opened: TreeHead | null): DamageKind | null {
    if (!opened || !isOfRow(opened, row)) return 'checkpoint_forged';
    // The times stand beside the notes, unsigned. They never go back, so that whoever has only a
    // retired key would have to put a new checkpoint among the old ones, where the root is known.
    const goesBack = row.previous_at !== null && row.signed_at < row.previous_at;
    const { trust, trustAt } = this.options;
    const inTime = this.#open(row, trustAt ? trustAt(row.signed_at) : trust);
    return goesBack || !inTime ? 'checkpoint_out_of_time' : null;
  }

  #open({ note }: CheckpointRow, trust: CheckpointTrust = this.options.trust): TreeHead | null {
    try {
      const opened = openCheckpoint(note, trust);
      return opened.origin === this.options.origin ? opened : null;
    } catch {
      return null;
    }
  }

  /** Partial tiles are not stored: they follow from what lies below them. */
  async compareTile({ level, index, width }: Tile, hashes: Buffer): Promise<DamageKind | null> {
    if (width < tileWidth) return null;
    const { rows } = await this.options.connection.query<TileRow>(selectTile, [level, index]);
    return damageOfTile(rows[0], hashes, foldHashes(hashes));
  }
}

/** Up to the first gap: after it every later leaf stands at another place. */
function unbroken(rows: readonly EntryRow[], start: number): readonly EntryRow[] {
  const gap = rows.findIndex((row, place) => Number(row.leaf_index) !== start + place);
  return gap < 0 ? rows : rows.slice(0, gap);
}

function examinePlace(row: EntryRow, index: number, previous: Buffer): DamageKind | null {
  const entry = formatEntry(index, previous, row.event ?? '');
  if (!leafHash(entry).equals(row.leaf_hash)) return 'entry_out_of_place';
  return row.places === '1' ? null : 'entry_repeated';
}

function compareLeafTile(
  { hashes, root }: ExaminedTile,
  row: TileRow | undefined,
  leafIndex: number,
): Damage[] {
  const kind = root && damageOfTile(row, hashes, root);
  return kind ? [{ kind, leafIndex, eventId: null }] : [];
}

function damageOfTile(row: TileRow | undefined, hashes: Buffer, root: Buffer): DamageKind | null {
  if (!row) return 'tile_missing';
  return row.hashes.equals(hashes) && row.root_hash.equals(root) ? null : 'tile_changed';
}

function missingAt(leafIndex: number): Damage[] {
  return [{ kind: 'entry_missing', leafIndex, eventId: null }];
}

function isOfRow({ treeSize, rootHash }: TreeHead, row: CheckpointRow): boolean {
  return treeSize === Number(row.tree_size) && rootHash.equals(row.root_hash);
}

const selectEntries = `
  SELECT entry.leaf_index, entry.event_id, entry.leaf_hash, ${eventColumns},
    (SELECT count(*) FROM audit_entries AS other WHERE other.event_id = entry.event_id) AS places
  FROM audit_entries AS entry
  LEFT JOIN LATERAL (
    SELECT * FROM audit_events WHERE audit_events.id = entry.event_id OFFSET 0
  ) AS event ON true
  WHERE entry.leaf_index >= $1 AND entry.leaf_index < $2
  ORDER BY entry.leaf_index
`;

const selectLeafTiles = `
  SELECT tile_index, hashes, root_hash FROM audit_tiles
  WHERE level = 0 AND tile_index >= $1 AND tile_index < $2::numeric
`;

const selectTile = `
  SELECT tile_index, hashes, root_hash FROM audit_tiles WHERE level = $1 AND tile_index = $2
`;

const selectCheckpoints = `
  SELECT tree_size, root_hash, note, signed_at, (
    SELECT earlier.signed_at FROM audit_checkpoints AS earlier
    WHERE earlier.tree_size < audit_checkpoints.tree_size ORDER BY earlier.tree_size DESC LIMIT 1
  ) AS previous_at
  FROM audit_checkpoints
  WHERE tree_size > $1 AND tree_size <= $2 ORDER BY tree_size
`;
