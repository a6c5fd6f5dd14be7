import { readFile, rename, writeFile } from 'node:fs/promises';

import { isCount, parseRecord } from '../foreign-json.js';
import { decodeBase64, hashBytes, tileWidth } from '../tree/index.js';
import { TileTower } from './tile-tower.js';
import type { VerifiedLog } from './verify-log.js';

/**
 * What an auditor keeps from one verification to the next: the head that was verified, and the hashes
 * of the tiles that were not full then. Kept where the log's keeper cannot reach it, it is what finds
 * a log that was rolled back; the signed checkpoint in it is then the proof of that.
 */
export interface VerifiedState {
  readonly origin: string;
  readonly log: VerifiedLog;
  /** The signed note, where one stands over just that size. */
  readonly checkpoint: string | null;
}

/** Thrown for a file that is no such memory. */
export class VerifiedStateError extends Error {
  override readonly name = 'VerifiedStateError';
}

interface Stored {
  readonly v: 1;
  readonly origin: string;
  readonly treeSize: number;
  readonly rootHash: string;
  readonly tiles: readonly (readonly string[])[];
  readonly checkpoint: string | null;
}

/** Null where there is no file yet. */
export async function readVerifiedState(path: string): Promise<VerifiedState | null> {
  try {
    return parseVerifiedState(await readFile(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** @throws VerifiedStateError where the text is not what `formatVerifiedState` writes. */
export function parseVerifiedState(text: string): VerifiedState {
  const { origin, treeSize, rootHash, tiles, checkpoint } = parseStored(text);
  const openTiles = tiles.map((tile) => tile.map(hashOf));
  assertOpenTiles(openTiles, treeSize);
  return { origin, log: { treeSize, rootHash: hashOf(rootHash), openTiles }, checkpoint };
}

function parseStored(text: string): Stored {
  const stored: Partial<Record<keyof Stored, unknown>> = parseRecord(text) ?? {};
  const { v, origin, treeSize, rootHash, tiles, checkpoint } = stored;
  const isStored =
    v === 1 &&
    typeof origin === 'string' &&
    isCount(treeSize) &&
    typeof rootHash === 'string' &&
    (typeof checkpoint === 'string' || checkpoint === null) &&
    Array.isArray(tiles) &&
    tiles.every((tile) => Array.isArray(tile) && tile.every((hash) => typeof hash === 'string'));
  if (!isStored) throw new VerifiedStateError('Not a remembered state');
  return stored as Stored;
}

/** They are what is left of the full leaf tiles below that size when each 256 have become one. */
function assertOpenTiles(openTiles: readonly (readonly Buffer[])[], treeSize: number): void {
  const isOpen = openTiles.every((tile) => tile.length < tileWidth);
  const { leafTiles } = new TileTower(openTiles);
  if (!isOpen || leafTiles !== Math.floor(treeSize / tileWidth))
    throw new VerifiedStateError('The tiles are not of that tree');
}

function hashOf(text: string): Buffer {
  const hash = decodeBase64(text);
  if (hash?.length !== hashBytes) throw new VerifiedStateError('Not a hash');
  return hash;
}

export function formatVerifiedState({ origin, log, checkpoint }: VerifiedState): string {
  const stored: Stored = {
    v: 1,
    origin,
    treeSize: log.treeSize,
    rootHash: log.rootHash.toString('base64'),
    tiles: log.openTiles.map((tile) => tile.map((hash) => hash.toString('base64'))),
    checkpoint,
  };
  return `${JSON.stringify(stored)}\n`;
}

/** Content first, then the name: a crash leaves the old memory or the new one. */
export async function writeVerifiedState(path: string, state: VerifiedState): Promise<void> {
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, formatVerifiedState(state), { flush: true });
  await rename(draft, path);
}
