import { readFile, rename, writeFile } from 'node:fs/promises';

import { decodeBase64, hashBytes } from '../tree/index.js';
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
  return { origin, log: { treeSize, rootHash: hashOf(rootHash), openTiles }, checkpoint };
}

function parseStored(text: string): Stored {
  let stored: Partial<Stored> | null;
  try {
    stored = JSON.parse(text) as Partial<Stored> | null;
  } catch {
    throw new VerifiedStateError('The remembered state is no JSON');
  }
  const { v, origin, treeSize, rootHash, tiles, checkpoint } = stored ?? {};
  const isStored =
    v === 1 &&
    typeof origin === 'string' &&
    Number.isSafeInteger(treeSize) &&
    typeof rootHash === 'string' &&
    (typeof checkpoint === 'string' || checkpoint === null) &&
    Array.isArray(tiles) &&
    tiles.every((tile) => Array.isArray(tile) && tile.every((hash) => typeof hash === 'string'));
  if (!isStored) throw new VerifiedStateError('Not a remembered state');
  return stored as Stored;
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
