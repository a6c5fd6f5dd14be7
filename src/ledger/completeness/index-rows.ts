import { emptySubtrie, type IndexedKey, type Subtrie } from '../tree/index.js';
import { bucketDepth, middleDepth, rowWidth } from './index-shape.js';

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
