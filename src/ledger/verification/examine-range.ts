import {
  EntryBundleError,
  formatEntryBundle,
  hashBytes,
  noPreviousLeafHash,
  parseEntryBundle,
  tileWidth,
} from '../tree/index.js';
import { examineHashes, examineTile } from './examine-tile.js';
import type { ExaminedTile } from './log-source.js';
import { readTile, type TileReader } from './tile-reader.js';

/** Entries [first, beyond); `first` begins a tile. */
export interface EntryRange {
  readonly first: number;
  readonly beyond: number;
  /** Entries below it are not read: of theirs only the hashes lead to the root. */
  readonly minimumIndex?: number | undefined;
}

/** Examines the entries of a range in a published log, tile by tile; ends where nothing is left. */
export async function examineRange(
  read: TileReader,
  { first, beyond, minimumIndex = 0 }: EntryRange,
): Promise<ExaminedTile[]> {
  const tiles: ExaminedTile[] = [];
  const scratch = { bytes: Buffer.alloc(0) };
  let previousLeafHash = await leafHashBefore(read, first);
  for (let firstIndex = first; firstIndex < beyond; firstIndex += tileWidth) {
    const width = Math.min(tileWidth, beyond - firstIndex);
    const index = firstIndex / tileWidth;
    const [bundle, hashes] = await Promise.all([
      firstIndex < minimumIndex
        ? null
        : readTile(read, { level: 'entries', index, width }, { cut: firstEntries, scratch }),
      readTile(read, { level: 0, index, width }, { cut: firstHashes }),
    ]);
    const tile =
      firstIndex < minimumIndex
        ? examineHashes({ firstIndex, width, hashes })
        : examineTile({ firstIndex, width, previousLeafHash, bundle, hashes });
    tiles.push(tile);
    if (tile.hashes.length < width * hashBytes) break;
    previousLeafHash = tile.hashes.subarray(-hashBytes);
  }
  return tiles;
}

/** As stored: whether the tile before is right is found where that tile is examined. */
async function leafHashBefore(read: TileReader, first: number): Promise<Buffer> {
  if (first === 0) return noPreviousLeafHash;
  const index = first / tileWidth - 1;
  const before = await readTile(read, { level: 0, index, width: tileWidth }, { cut: firstHashes });
  return before?.subarray(-hashBytes) ?? noPreviousLeafHash;
}

export function firstHashes(tile: Buffer, width: number): Buffer | null {
  return tile.length >= width * hashBytes ? tile.subarray(0, width * hashBytes) : null;
}

export function firstEntries(bundle: Buffer, width: number): Buffer | null {
  try {
    return formatEntryBundle(parseEntryBundle(bundle, tileWidth).slice(0, width));
  } catch (error) {
    if (error instanceof EntryBundleError) return bundle;
    throw error;
  }
}
