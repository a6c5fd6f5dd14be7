import { ArchiveDamaged, type LedgerArchives } from '../retention/archive.js';
import type { Pruning } from '../retention/prunings.js';
import { foldHashes, formatEntry, hashBytes, leafHash, tileWidth } from '../tree/index.js';
import type { Damage, DamageKind } from './damage.js';
import { examineTile } from './examine-tile.js';
import type { ExaminedTile } from './log-source.js';
import { type EventRow, examineEvent } from './verify-event.js';

export interface PrunedTile {
  readonly tileIndex: number;
  /** The stored leaf hash of the entry before its first. */
  readonly before: Buffer;
  /** Null where the tile is missing. */
  readonly stored: { readonly hashes: Buffer; readonly root_hash: Buffer } | null;
  /** Entries of it that the database still has. */
  readonly rows: readonly (EventRow & {
    readonly leaf_index: string;
    readonly event_id: string;
    readonly leaf_hash: Buffer;
  })[];
}

export interface PrunedExamination {
  readonly macOf: ((event: string) => Buffer) | null;
  /** Takes the place of what left the database; null where only the tiles are at hand. */
  readonly archives: LedgerArchives | null;
  readonly prunings: readonly Pruning[];
}

/**
 * A tile whose entries left the database: its hashes are held against the archive and against what
 * is left, and lead to the signed heads in any case.
 */
export async function examinePrunedTile(
  tile: PrunedTile,
  examination: PrunedExamination,
): Promise<ExaminedTile> {
  const { tileIndex, stored } = tile;
  const firstIndex = tileIndex * tileWidth;
  if (!stored) return broken({ kind: 'tile_missing', leafIndex: firstIndex, eventId: null });
  const root = foldHashes(stored.hashes);
  const damages: Damage[] = [];
  const report = (kind: DamageKind | null, leafIndex: number, eventId: string | null = null) => {
    if (kind !== null) damages.push({ kind, leafIndex, eventId });
  };
  if (!root.equals(stored.root_hash)) report('tile_changed', firstIndex);
  for (const row of tile.rows) {
    report(examineLeft(row, tile, examination.macOf), Number(row.leaf_index), row.event_id);
  }
  const archived = await examineArchived(tile, stored.hashes, examination);
  return { hashes: stored.hashes, root, damages: [...damages, ...archived] };
}

function broken(damage: Damage): ExaminedTile {
  return { hashes: Buffer.alloc(0), root: null, damages: [damage] };
}

/** What stands on after its neighbours went must still be what it was; that its event is gone is right. */
function examineLeft(
  row: PrunedTile['rows'][number],
  { tileIndex, stored, before }: PrunedTile,
  macOf: PrunedExamination['macOf'],
): DamageKind | null {
  const index = Number(row.leaf_index);
  const at = (index - tileIndex * tileWidth) * hashBytes;
  const known = stored?.hashes.subarray(at, at + hashBytes);
  if (known?.equals(row.leaf_hash) !== true) return 'tile_changed';
  if (row.event === null) return null;
  const previous = at === 0 ? before : stored?.hashes.subarray(at - hashBytes, at);
  const entry = formatEntry(index, previous ?? before, row.event);
  return examineEvent(row, macOf) ?? (leafHash(entry).equals(known) ? null : 'entry_out_of_place');
}

async function examineArchived(
  { tileIndex, before }: PrunedTile,
  hashes: Buffer,
  { archives, prunings }: PrunedExamination,
): Promise<readonly Damage[]> {
  const firstIndex = tileIndex * tileWidth;
  if (!archives) return [];
  try {
    const archive = await archives.find(prunings, firstIndex);
    if (!archive) return [{ kind: 'archive_missing', leafIndex: firstIndex, eventId: null }];
    const bundle = await archive.bundle(tileIndex);
    const stored = { firstIndex, width: tileWidth, previousLeafHash: before, bundle, hashes };
    return examineTile(stored).damages;
  } catch (error) {
    if (!(error instanceof ArchiveDamaged)) throw error;
    return [{ kind: 'archive_changed', leafIndex: firstIndex, eventId: null }];
  }
}
