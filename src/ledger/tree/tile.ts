import { hashBytes, writeNodeHash } from './hash.js';
import type { Subtree } from './subtree.js';

/** A tile holds 2^8 hashes of one level of the tree; tile level L is tree level 8 · L. */
export const tileHeight = 8;
export const tileWidth = 2 ** tileHeight;

/** Names `width` hashes of tile level `level`, beginning at hash `index` · 256 (C2SP tlog-tiles). */
export interface Tile {
  readonly level: number | 'entries';
  readonly index: number;
  /** 256 where the tile is full; partial ones end at the tree's edge. */
  readonly width: number;
}

/** Thrown for a path that names no tile. */
export class TilePathError extends Error {
  override readonly name = 'TilePathError';
}

const levelMax = 63;
const groupSize = 1000;

/** `tile/<L>/<N>[.p/<W>]`, for instance `tile/0/x001/x234/067.p/8`. */
export function formatTilePath({ level, index, width }: Tile): string {
  const groups = [String(index % groupSize).padStart(3, '0')];
  for (let rest = Math.floor(index / groupSize); rest > 0; rest = Math.floor(rest / groupSize)) {
    groups.unshift(`x${String(rest % groupSize).padStart(3, '0')}`);
  }
  return `tile/${level}/${groups.join('/')}${width === tileWidth ? '' : `.p/${width}`}`;
}

/** @throws TilePathError where the path is not exactly one that `formatTilePath` writes. */
export function parseTilePath(path: string): Tile {
  const match = /^tile\/(\d{1,2}|entries)\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path);
  const [, level = '', groups = '', width = String(tileWidth)] = match ?? [];
  const tile: Tile = {
    level: level === 'entries' ? level : Number(level),
    index: Number(groups.replace(/[x/]/g, '')),
    width: Number(width),
  };
  const isNamed = match !== null && tile.width >= 1 && tile.width <= tileWidth;
  if (
    !isNamed ||
    (tile.level !== 'entries' && tile.level > levelMax) ||
    !Number.isSafeInteger(tile.index)
  ) {
    throw new TilePathError('Not the path of a tile');
  }
  // Leading zero groups, `.p/256` and the like: one tile, one name.
  if (formatTilePath(tile) !== path) throw new TilePathError('Not the canonical path of a tile');
  return tile;
}

/** Where the root of a subtree is found: a tile, and the hashes of it that fold into that root. */
export interface TileSlice {
  readonly level: number;
  readonly index: number;
  readonly start: number;
  readonly end: number;
}

export function sliceOf({ level, index }: Subtree): TileSlice {
  const tileLevel = Math.floor(level / tileHeight);
  const width = 2 ** (level % tileHeight);
  const first = index * width;
  const start = first % tileWidth;
  return { level: tileLevel, index: Math.floor(first / tileWidth), start, end: start + width };
}

/** The hashes that stand side by side in one buffer, as views of it. */
export function splitHashes(hashes: Buffer): Buffer[] {
  return Array.from({ length: hashes.length / hashBytes }, (_, place) =>
    hashes.subarray(place * hashBytes, (place + 1) * hashBytes),
  );
}

/** Folds a power of two of hashes, side by side in one buffer, into their root. */
export function foldHashes(hashes: Buffer): Buffer {
  if (hashes.length <= hashBytes) return hashes;
  const row = Buffer.allocUnsafe(hashes.length / 2);
  foldOnce(hashes, hashes.length, row);
  // From here on in place: a node is written where nothing is left to be read.
  for (let length = row.length; length > hashBytes; length /= 2) foldOnce(row, length, row);
  return Buffer.from(row.subarray(0, hashBytes));
}

function foldOnce(hashes: Buffer, length: number, above: Buffer): void {
  for (let start = 0; start < length; start += 2 * hashBytes) {
    writeNodeHash({ hashes, start }, above, start / 2);
  }
}

/** The tile that holds hash or entry number `index · 256` in a tree of a size; null beyond its edge. */
export function tileOf(level: Tile['level'], index: number, treeSize: number): Tile | null {
  const hashes = Math.floor(treeSize / tileWidth ** (level === 'entries' ? 0 : level));
  const width = Math.min(tileWidth, hashes - index * tileWidth);
  return width > 0 ? { level, index, width } : null;
}
