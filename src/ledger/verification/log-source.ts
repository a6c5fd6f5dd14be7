import type { Tile } from '../tree/index.js';
import type { Damage, DamageKind } from './damage.js';

/** A size of the log and the root it must have there: of a signed checkpoint, or remembered. */
export interface TreeHead {
  readonly treeSize: number;
  readonly rootHash: Buffer;
}

/** Up to 256 entries, examined where they are stored: each hashed, and held against its leaf hash. */
export interface ExaminedTile {
  /** The leaf hashes that the log goes on with, so that one bad entry is named once. */
  readonly hashes: Buffer;
  /** Their root where the tile is full; null at the log's edge. */
  readonly root: Buffer | null;
  readonly damages: readonly Damage[];
}

/**
 * A log as the verifier reads it: entries in their place, the hashes stored beside them, and the
 * heads that were signed over them. A database, a folder, a web address.
 */
export interface LogSource {
  /** How many ranges are worth examining at once. */
  readonly parallelism: number;
  /**
   * Examines the entries [first, beyond), a tile each 256; `first` begins a tile. Fewer hashes than
   * asked for say that the rest is missing.
   */
  examine(first: number, beyond: number): Promise<readonly ExaminedTile[]>;
  /** The signed heads of sizes in (after, upTo], and what is wrong with their signatures. */
  heads(
    after: number,
    upTo: number,
  ): Promise<{ readonly heads: readonly TreeHead[]; readonly damages: readonly Damage[] }>;
  /** Holds a tile of level 1 or above, recomputed, against the stored one; null where they agree. */
  compareTile(tile: Tile, hashes: Buffer): Promise<DamageKind | null>;
}
