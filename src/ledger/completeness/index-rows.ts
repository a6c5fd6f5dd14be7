import { emptySubtrie, type IndexedKey, type Subtrie } from '../tree/index.js';

/**
 * Of the trie, the tables hold the keys, the subtries of 16 bits that the keys lie in (buckets), and
 * those of 8 bits above them: a change touches one of each, and a proof reads 256 of each.
 */
export const bucketDepth = 16;
export const middleDepth = 8;
export const rowWidth = 256;

export interface KeyRow {
  readonly bucket: number;
  readonly key_hash: Buffer;
  readonly events: string;
  readonly digest: Buffer;
}

export interface SubtrieRow {
  readonly prefix: number;
  readonly keys: string;
  readonly root_hash: Buffer;
}

/** The first 16 bits. */
export function bucketOf(keyHash: Buffer): number {
  return keyHash.readUInt16BE(0);
}

export function indexedKeyOf({ key_hash, events, digest }: KeyRow): IndexedKey {
  return { keyHash: key_hash, events: Number(events), digest };
}

/** The 256 subtries under one parent, the empty ones among them. */
export function rowOf(rows: readonly SubtrieRow[]): Subtrie[] {
  const row = Array.from({ length: rowWidth }, () => emptySubtrie);
  for (const { prefix, keys, root_hash } of rows)
    row[prefix % rowWidth] = { keys: Number(keys), root: root_hash };
  return row;
}

export const selectMiddle = `
  SELECT prefix, keys, root_hash FROM audit_index_subtries WHERE depth = ${middleDepth}
`;

export const selectBuckets = `
  SELECT prefix, keys, root_hash FROM audit_index_subtries
  WHERE depth = ${bucketDepth}
    AND prefix BETWEEN $1::int * ${rowWidth} AND $1::int * ${rowWidth} + ${rowWidth - 1}
`;
