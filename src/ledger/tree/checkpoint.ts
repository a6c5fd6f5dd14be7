import { decodeBase64 } from './base64.js';
import { hashBytes } from './hash.js';

/** A tree head: whose log, how many entries, which root (C2SP tlog-checkpoint). */
export interface Checkpoint {
  readonly origin: string;
  readonly treeSize: number;
  readonly rootHash: Buffer;
  /** Lines after the root; ours have none. */
  readonly extensions: readonly string[];
}

/** Thrown for a text that is no checkpoint, or one that its log's key did not sign. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
}

/** The text that is signed: `origin`, size and root, a line each. */
export function formatCheckpoint(checkpoint: Omit<Checkpoint, 'extensions'>): string {
  const { origin, treeSize, rootHash } = checkpoint;
  return `${origin}\n${treeSize}\n${rootHash.toString('base64')}\n`;
}

/** @throws CheckpointError where the text is malformed, or a number or root is not in its one form. */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin = '', size = '', root = '', ...rest] = text.split('\n');
  if (rest.pop() !== '' || origin === '') throw new CheckpointError('Not a checkpoint');
  if (!/^(?:0|[1-9]\d{0,15})$/.test(size)) throw new CheckpointError('Not a tree size');
  const treeSize = Number(size);
  if (!Number.isSafeInteger(treeSize)) throw new CheckpointError('The tree is too large');
  const rootHash = decodeBase64(root);
  if (rootHash?.length !== hashBytes) throw new CheckpointError('Not a root hash');
  if (rest.some((line) => line === '')) throw new CheckpointError('An extension line is empty');
  return { origin, treeSize, rootHash, extensions: rest };
}
