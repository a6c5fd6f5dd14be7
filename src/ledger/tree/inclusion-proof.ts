import { hashBytes, nodeHash } from './hash.js';
import { type HashSource, isTreeSize, ProofError, rangeRoots, splitPoint } from './subtree.js';

/** That a leaf stands at an index of the tree with a given size and root. */
export interface InclusionStatement {
  readonly leafIndex: number;
  readonly treeSize: number;
  readonly leafHash: Uint8Array;
  readonly rootHash: Uint8Array;
}

/**
 * Proves that leaf `leafIndex` stands in the tree of `treeSize` leaves: the roots of the subtrees
 * beside its path, from the leaf up (RFC 9162 §2.1.3.1).
 *
 * @throws ProofError where the tree has no such leaf.
 */
export async function proveInclusion(
  leafIndex: number,
  treeSize: number,
  source: HashSource,
): Promise<Buffer[]> {
  if (!isTreeSize(leafIndex) || !isTreeSize(treeSize) || leafIndex >= treeSize) {
    throw new ProofError('The tree has no such leaf');
  }
  return rangeRoots(siblingRanges(leafIndex, treeSize), source);
}

/** PATH(m, D[n]) as ranges of leaves: at each split the half that the leaf is not in. */
function siblingRanges(leafIndex: number, treeSize: number): [number, number][] {
  const ranges: [number, number][] = [];
  let [start, end] = [0, treeSize];
  while (end - start > 1) {
    const split = start + splitPoint(end - start);
    if (leafIndex < split) {
      ranges.push([split, end]);
      end = split;
    } else {
      ranges.push([start, split]);
      start = split;
    }
  }
  return ranges.reverse();
}

/**
 * Checks an inclusion proof by walking from the leaf to the root (RFC 9162 §2.1.3.2).
 *
 * @throws ProofError where it does not prove the statement, whatever is wrong with it.
 */
export function verifyInclusion(statement: InclusionStatement, proof: readonly Uint8Array[]): void {
  const { leafIndex, treeSize, leafHash, rootHash } = statement;
  if (!isTreeSize(leafIndex) || !isTreeSize(treeSize) || leafIndex >= treeSize) {
    throw new ProofError('The tree has no such leaf');
  }
  if ([leafHash, rootHash, ...proof].some((hash) => hash.length !== hashBytes)) {
    throw new ProofError('A hash has the wrong length');
  }
  let [index, last] = [leafIndex, treeSize - 1];
  let hash: Uint8Array = leafHash;
  for (const sibling of proof) {
    // Step 4a: the root is reached, yet there is more proof.
    if (last === 0) throw new ProofError('The proof is too long');
    if (index % 2 === 1 || index === last) {
      hash = nodeHash(sibling, hash);
      // Step 4b ii: a lone right edge rises until it is a right child.
      while (index % 2 === 0 && index !== 0) [index, last] = [index / 2, Math.floor(last / 2)];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [index, last] = [Math.floor(index / 2), Math.floor(last / 2)];
  }
  if (last !== 0) throw new ProofError('The proof is too short');
  if (!Buffer.from(hash).equals(rootHash)) throw new ProofError('The proof leads to another root');
}
