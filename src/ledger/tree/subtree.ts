import { nodeHash } from './hash.js';

/** The root of the perfect subtree over leaves [index · 2^level, (index + 1) · 2^level). */
export interface Subtree {
  readonly level: number;
  readonly index: number;
}

/** Where a prover finds the hashes it needs; a tile reader, a test's array. */
export type HashSource = (subtrees: readonly Subtree[]) => Promise<readonly Buffer[]>;

/** Thrown for a proof that does not prove, and for indices and sizes that no tree has. */
export class ProofError extends Error {
  override readonly name = 'ProofError';
}

/**
 * The perfect subtrees that cover leaves [start, end), from left to right: the pieces that both
 * kinds of proof are made of. `start` must be a multiple of the largest power of two below
 * `end - start`, as it is for every range that RFC 9162 §2.1 splits a tree into.
 */
export function coverRange(start: number, end: number): Subtree[] {
  const cover: Subtree[] = [];
  let from = start;
  while (from < end) {
    const level = Math.floor(Math.log2(end - from));
    const width = 2 ** level;
    if (from % width !== 0) throw new ProofError('The range is not one of a tree');
    cover.push({ level, index: from / width });
    from += width;
  }
  return cover;
}

/** Folds the roots of such a cover into the root of the range, from the right. */
export function foldCover(hashes: readonly Buffer[]): Buffer {
  return hashes.reduceRight((right, left) => nodeHash(left, right));
}

/** The largest power of two smaller than `size` (RFC 9162 §2.1.1: k < n ≤ 2k). */
export function splitPoint(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

/** Fetches all ranges at once and answers the root of each. */
export async function rangeRoots(
  ranges: readonly (readonly [start: number, end: number])[],
  source: HashSource,
): Promise<Buffer[]> {
  const covers = ranges.map(([start, end]) => coverRange(start, end));
  const hashes = await source(covers.flat());
  let next = 0;
  return covers.map((cover) => foldCover(hashes.slice(next, (next += cover.length))));
}

export function isTreeSize(size: number): boolean {
  return Number.isSafeInteger(size) && size >= 0;
}
