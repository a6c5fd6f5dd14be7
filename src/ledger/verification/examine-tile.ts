import {
  EntryBundleError,
  foldHashes,
  hashBytes,
  isEntryIn,
  type Span,
  spansOfBundle,
  tileWidth,
  writeLeafHashOf,
} from '../tree/index.js';
import type { Damage, DamageKind } from './damage.js';
import type { ExaminedTile } from './log-source.js';

/** A tile of level 0 and the entries below it, as they are stored. */
export interface StoredTile {
  readonly firstIndex: number;
  readonly width: number;
  /** The stored leaf hash of the entry before the first; zeros for the log's beginning. */
  readonly previousLeafHash: Buffer;
  /** Null where they are missing. */
  readonly bundle: Buffer | null;
  readonly hashes: Buffer | null;
}

/**
 * Hashes each entry, holds it against its leaf hash and its predecessor's, and folds the tile: two
 * hashes an entry, which is all that verifying a log costs.
 */
export function examineTile(stored: StoredTile): ExaminedTile {
  const { firstIndex, width, bundle } = stored;
  const entries = bundle && entriesOf(bundle, width);
  if (!entries) {
    const kind = bundle ? 'entry_changed' : 'entry_missing';
    return examined(storedHashes(stored) ?? Buffer.alloc(0), [damageAt(firstIndex, kind)]);
  }
  const computed = Buffer.allocUnsafeSlow(width * hashBytes);
  for (const [place, entry] of entries.entries())
    writeLeafHashOf(entry, computed, place * hashBytes);
  const known = storedHashes(stored);
  if (!known) {
    const kind = stored.hashes ? 'tile_changed' : 'tile_missing';
    return examined(computed, [damageAt(firstIndex, kind)]);
  }
  // Nearly every tile is sound, and that is told at once; only a bad one is gone through hash by hash.
  if (isSound(stored, entries, { computed, known })) return examined(known, []);
  return compare(stored, entries, { computed, known });
}

/** A tile whose entries were let go: its hashes stand for them, and must lead to the signed root. */
export function examineHashes(
  stored: Pick<StoredTile, 'firstIndex' | 'width' | 'hashes'>,
): ExaminedTile {
  const known = storedHashes(stored);
  if (known) return examined(known, []);
  const kind = stored.hashes ? 'tile_changed' : 'tile_missing';
  return examined(Buffer.alloc(0), [damageAt(stored.firstIndex, kind)]);
}

function isSound(
  { firstIndex, previousLeafHash }: StoredTile,
  entries: readonly Span[],
  { computed, known }: Hashes,
): boolean {
  let previous = hashAt(previousLeafHash, 0);
  return (
    computed.equals(known) &&
    entries.every((entry, place) => {
      const isInPlace = isEntryIn(entry, firstIndex + place, previous);
      previous = hashAt(computed, place);
      return isInPlace;
    })
  );
}

function hashAt(hashes: Buffer, place: number): Span {
  return { bytes: hashes, start: place * hashBytes, end: (place + 1) * hashBytes };
}

function entriesOf(bundle: Buffer, width: number): Span[] | null {
  try {
    return spansOfBundle(bundle, width);
  } catch (error) {
    if (error instanceof EntryBundleError) return null;
    throw error;
  }
}

function storedHashes({ hashes, width }: Pick<StoredTile, 'hashes' | 'width'>): Buffer | null {
  return hashes?.length === width * hashBytes ? hashes : null;
}

interface Hashes {
  readonly computed: Buffer;
  readonly known: Buffer;
}

function compare(
  { firstIndex, previousLeafHash }: StoredTile,
  entries: readonly Span[],
  { computed, known }: Hashes,
): ExaminedTile {
  const damages: Damage[] = [];
  const hashes = Buffer.from(known);
  let previous = hashAt(previousLeafHash, 0);
  for (const [place, entry] of entries.entries()) {
    const { start, end } = hashAt(computed, place);
    const index = firstIndex + place;
    if (known.compare(computed, start, end, start, end) !== 0) {
      // The successor names the true one of the two: it was chained before either was changed.
      const next = entries[place + 1];
      const isTileWrong = next !== undefined && isEntryIn(next, index + 1, hashAt(computed, place));
      damages.push(damageAt(index, isTileWrong ? 'tile_changed' : 'entry_changed'));
      if (isTileWrong) computed.copy(hashes, start, start, end);
    } else if (!isEntryIn(entry, index, previous)) {
      damages.push(damageAt(index, 'entry_out_of_place'));
    }
    previous = hashAt(hashes, place);
  }
  return examined(hashes, damages);
}

function examined(hashes: Buffer, damages: readonly Damage[]): ExaminedTile {
  const isFull = hashes.length === tileWidth * hashBytes;
  return { hashes, damages, root: isFull ? foldHashes(hashes) : null };
}

function damageAt(leafIndex: number, kind: DamageKind): Damage {
  return { kind, leafIndex, eventId: null };
}
