import { emptyRootHash, nodeHash } from './hash.js';

/**
 * A tree that only grows, kept as its frontier: the roots of the perfect subtrees that the binary
 * digits of its size name, largest first (RFC 9162 §2.1.4). A tree of 13 = 8 + 4 + 1 leaves is three
 * hashes:
 *
 *     [ root of leaves 0–7, root of leaves 8–11, leaf 12 ]
 *
 * Appending a leaf works like adding one to a binary counter: where two subtrees of one size meet,
 * they become a node.
 */
export interface Frontier {
  readonly size: number;
  readonly hashes: readonly Buffer[];
}

export const emptyFrontier: Frontier = { size: 0, hashes: [] };

/** Adds leaves by their hashes. */
export function appendLeaves(frontier: Frontier, leafHashes: readonly Buffer[]): Frontier {
  const hashes = [...frontier.hashes];
  let { size } = frontier;
  for (const leafHash of leafHashes) {
    hashes.push(leafHash);
    size += 1;
    // As many subtrees merge as the new size ends in zero bits.
    for (let rest = size; rest % 2 === 0; rest /= 2) mergeLast(hashes);
  }
  return { size, hashes };
}

function mergeLast(hashes: Buffer[]): void {
  const right = hashes.pop();
  const left = hashes.pop();
  if (!left || !right) throw new Error('The frontier does not fit its size');
  hashes.push(nodeHash(left, right));
}

/** The tree's root: the frontier folded from the right (RFC 9162 §2.1.1). */
export function rootOf({ hashes }: Frontier): Buffer {
  if (hashes.length === 0) return emptyRootHash;
  return hashes.reduceRight((right, left) => nodeHash(left, right));
}

/** How many hashes the frontier of a tree of `size` leaves holds: one per set bit. */
export function frontierLength(size: number): number {
  let count = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}
