import {
  appendLeaves,
  emptyFrontier,
  foldHashes,
  rootOf,
  type Tile,
  tileHeight,
  tileWidth,
} from '../tree/index.js';

/** A tile of level 1 or above that filled up, or is part of it at the log's edge. */
export interface BuiltTile {
  readonly tile: Tile;
  readonly hashes: Buffer;
}

/**
 * The tree above the leaf tiles, rebuilt from their roots: per level the tile that is not full yet.
 * At most 255 hashes a level are held, however large the log.
 */
export class TileTower {
  /** `open[0]` is tile level 1. */
  readonly #open: Buffer[][];
  #leafTiles: number;

  /** @param open as `openTiles` gave it; empty for a log's beginning. */
  constructor(open: readonly (readonly Buffer[])[] = []) {
    this.#open = open.map((hashes) => [...hashes]);
    this.#leafTiles = open.reduce(
      (count, hashes, level) => count + hashes.length * tileWidth ** level,
      0,
    );
  }

  /** Full leaf tiles so far. */
  get leafTiles(): number {
    return this.#leafTiles;
  }

  get openTiles(): readonly (readonly Buffer[])[] {
    return this.#open;
  }

  /** Adds the root of the next full leaf tile, and answers the tiles that are full with it. */
  append(leafTileRoot: Buffer): BuiltTile[] {
    this.#leafTiles += 1;
    const filled: BuiltTile[] = [];
    let carried = leafTileRoot;
    for (let level = 0; ; level += 1) {
      const open = (this.#open[level] ??= []);
      open.push(carried);
      if (open.length < tileWidth) return filled;
      const hashes = Buffer.concat(open);
      const index = this.#leafTiles / tileWidth ** (level + 1) - 1;
      filled.push({ tile: { level: level + 1, index, width: tileWidth }, hashes });
      carried = foldHashes(hashes);
      open.length = 0;
    }
  }

  /** The tiles at the edge, which are not full. */
  partialTiles(): BuiltTile[] {
    return this.#open.flatMap((open, level) =>
      open.length === 0
        ? []
        : {
            tile: {
              level: level + 1,
              index: Math.floor(this.#leafTiles / tileWidth ** (level + 1)),
              width: open.length,
            },
            hashes: Buffer.concat(open),
          },
    );
  }

  /**
   * The frontier of the log with these leaves behind the full tiles: the roots of the perfect
   * subtrees, largest first, as the binary digits of its size name them (RFC 9162 §2.1.4).
   */
  frontier(edgeLeaves: readonly Buffer[]): { readonly size: number; readonly hashes: Buffer[] } {
    const rows = [...this.#open].reverse();
    const hashes = [...rows, edgeLeaves].flatMap((row) => appendLeaves(emptyFrontier, row).hashes);
    return { size: this.#leafTiles * 2 ** tileHeight + edgeLeaves.length, hashes };
  }

  /** The root of the log with these leaves behind the full tiles. */
  rootWith(edgeLeaves: readonly Buffer[]): Buffer {
    return rootOf(this.frontier(edgeLeaves));
  }
}
