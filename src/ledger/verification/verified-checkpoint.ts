import { readFile, rename, writeFile } from 'node:fs/promises';

import { decodeBase64, hashBytes, openCheckpoint, type OpenedCheckpoint } from '../tree/index.js';
import type { CheckpointTrust } from '../tree/index.js';
import type { VerifiedLog } from './verify-log.js';

/**
 * What an auditor keeps from one verification to the next: the checkpoint that was verified, and the
 * hashes of the tiles that were not full then. Kept where the log's keeper cannot reach it, it is
 * what finds a log that was rolled back.
 */
export interface VerifiedCheckpoint {
  readonly note: string;
  readonly log: VerifiedLog;
}

/** Thrown for a file that is no such memory, or not of this log. */
export class VerifiedCheckpointError extends Error {
  override readonly name = 'VerifiedCheckpointError';
}

interface Stored {
  readonly v: 1;
  readonly checkpoint: string;
  readonly tiles: readonly (readonly string[])[];
}

/** Null where there is no file yet. */
export async function readVerifiedCheckpoint(
  path: string,
  trust: CheckpointTrust,
): Promise<VerifiedCheckpoint | null> {
  try {
    return parseVerifiedCheckpoint(await readFile(path, 'utf8'), trust);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** @throws VerifiedCheckpointError where the text is malformed or its checkpoint not signed by the log. */
export function parseVerifiedCheckpoint(text: string, trust: CheckpointTrust): VerifiedCheckpoint {
  const stored = parseStored(text);
  const checkpoint = openRemembered(stored.checkpoint, trust);
  const openTiles = stored.tiles.map((tile) => tile.map(hashOf));
  const { treeSize, rootHash } = checkpoint;
  return { note: stored.checkpoint, log: { treeSize, rootHash, openTiles } };
}

function parseStored(text: string): Stored {
  let stored: Partial<Stored> | null;
  try {
    stored = JSON.parse(text) as Partial<Stored> | null;
  } catch {
    throw new VerifiedCheckpointError('The remembered state is no JSON');
  }
  const { v, checkpoint, tiles } = stored ?? {};
  const isStored =
    v === 1 &&
    typeof checkpoint === 'string' &&
    Array.isArray(tiles) &&
    tiles.every((tile) => Array.isArray(tile) && tile.every((hash) => typeof hash === 'string'));
  if (!isStored) throw new VerifiedCheckpointError('Not a remembered state');
  return { v, checkpoint, tiles };
}

function openRemembered(note: string, trust: CheckpointTrust): OpenedCheckpoint {
  try {
    return openCheckpoint(note, trust);
  } catch (cause) {
    throw new VerifiedCheckpointError('The remembered checkpoint is not signed by this log', {
      cause,
    });
  }
}

function hashOf(text: string): Buffer {
  const hash = decodeBase64(text);
  if (hash?.length !== hashBytes) throw new VerifiedCheckpointError('Not a hash');
  return hash;
}

export function formatVerifiedCheckpoint({ note, log }: VerifiedCheckpoint): string {
  const tiles = log.openTiles.map((tile) => tile.map((hash) => hash.toString('base64')));
  return `${JSON.stringify({ v: 1, checkpoint: note, tiles } satisfies Stored)}\n`;
}

/** Content first, then the name: a crash leaves the old memory or the new one. */
export async function writeVerifiedCheckpoint(
  path: string,
  verified: VerifiedCheckpoint,
): Promise<void> {
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, formatVerifiedCheckpoint(verified), { flush: true });
  await rename(draft, path);
}
