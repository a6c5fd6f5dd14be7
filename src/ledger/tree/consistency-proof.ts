import { hashBytes, nodeHash } from './hash.js';
import { type HashSource, isTreeSize, ProofError, rangeRoots, splitPoint } from './subtree.js';

/** That the tree of `second` leaves begins with the very leaves of the tree of `first`. */
export interface ConsistencyStatement {
  readonly first: number;
  readonly second: number;
  readonly firstRoot: Uint8Array;
  readonly secondRoot: Uint8Array;
}

/**
 * Proves that a tree only grew (RFC 9162 §2.1.4.1). From nothing, and from a size to itself, the
 * proof is empty.
 *
 * @throws ProofError where the sizes are no two sizes of one tree.
 */
export async function proveConsistency(
  first: number,
  second: number,
  source: HashSource,
): Promise<Buffer[]> {
  assertSizes(first, second);
  if (first === 0 || first === second) return [];
  return rangeRoots(subproofRanges(first, second), source);
}

/** SUBPROOF(m, D[n], b) as ranges of leaves. */
function subproofRanges(first: number, second: number): [number, number][] {
  const ranges: [number, number][] = [];
  let [start, end, isWhole] = [0, second, true];
  while (first < end) {
    const split = start + splitPoint(end - start);
    if (first <= split) {
      ranges.push([split, end]);
      end = split;
    } else {
      ranges.push([start, split]);
      start = split;
      isWhole = false;
    }
  }
  // The subtree that ends where the first tree ends; known to the reader if it is that whole tree.
  if (!isWhole) ranges.push([start, end]);
  return ranges.reverse();
}

/**
 * Checks a consistency proof (RFC 9162 §2.1.4.2). An empty tree is the beginning of every tree: from
 * size 0 nothing is proved and nothing may be sent; a caller that must not accept that asks before.
 *
 * @throws ProofError where it does not prove the statement, whatever is wrong with it.
 */
export function verifyConsistency(
  statement: ConsistencyStatement,
  proof: readonly Uint8Array[],
): void {
  const { first, second, firstRoot, secondRoot } = statement;
  assertSizes(first, second);
  if ([firstRoot, secondRoot, ...proof].some((hash) => hash.length !== hashBytes)) {
    throw new ProofError('A hash has the wrong length');
  }
  if (first === 0 || first === second) {
    if (proof.length > 0) throw new ProofError('The proof is too long');
    if (first === second && !isSame(firstRoot, secondRoot)) {
      throw new ProofError('One size, two roots');
    }
    return;
  }
  const [reachedFirst, reachedSecond] = walk(statement, proof);
  if (!isSame(reachedFirst, firstRoot))
    throw new ProofError('The proof leads to another first root');
  if (!isSame(reachedSecond, secondRoot))
    throw new ProofError('The proof leads to another second root');
}

/** Steps 2–6: both roots are rebuilt on the way up, from the same hashes. */
function walk(
  { first, second, firstRoot }: ConsistencyStatement,
  proof: readonly Uint8Array[],
): [Uint8Array, Uint8Array] {
  // Step 2: where the first size is a power of two, its root is itself the first node.
  const path = isPowerOfTwo(first) ? [firstRoot, ...proof] : [...proof];
  const [seed, ...rest] = path;
  if (!seed) throw new ProofError('The proof is too short');
  let [node, last] = [first - 1, second - 1];
  while (node % 2 === 1) [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  let [one, two] = [seed, seed];
  for (const hash of rest) {
    if (last === 0) throw new ProofError('The proof is too long');
    if (node % 2 === 1 || node === last) {
      [one, two] = [nodeHash(hash, one), nodeHash(hash, two)];
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else {
      two = nodeHash(two, hash);
    }
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  if (last !== 0) throw new ProofError('The proof is too short');
  return [one, two];
}

function assertSizes(first: number, second: number): void {
  if (!isTreeSize(first) || !isTreeSize(second) || first > second) {
    throw new ProofError('Not two sizes of one tree');
  }
}

function isPowerOfTwo(size: number): boolean {
  return Number.isInteger(Math.log2(size));
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.from(one).equals(other);
}
