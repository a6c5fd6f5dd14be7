import { keepRoots } from '../../src/ledger/log-reader.js';
import {
  appendLeaves,
  emptyFrontier,
  foldHashes,
  hashBytes,
  leafHash,
  proveInclusion,
  rootOf,
  type Subtree,
  verifyInclusion,
} from '../../src/ledger/tree/index.js';

const treeSize = 1_700;
const leaves = Array.from({ length: treeSize }, (_, index) => leafHash(Buffer.from(String(index))));
const rootHash = rootOf(appendLeaves(emptyFrontier, leaves));

/** Computes each root anew, and writes down what it was asked for. */
function countingSource() {
  const asked: Subtree[] = [];
  const source = (subtrees: readonly Subtree[]): Promise<Buffer[]> => {
    asked.push(...subtrees);
    return Promise.resolve(
      subtrees.map(({ level, index }) => {
        const first = index * 2 ** level;
        return foldHashes(Buffer.concat(leaves.slice(first, first + 2 ** level)));
      }),
    );
  };
  return { asked, source };
}

describe('keepRoots', () => {
  it('proves every leaf, and asks for each large subtree once', async () => {
    const { asked, source } = countingSource();
    const kept = keepRoots(source);
    for (const [leafIndex, hash] of leaves.entries()) {
      const proof = await proveInclusion(leafIndex, treeSize, kept);
      expect(proof.every(({ length }) => length === hashBytes)).toBe(true);
      verifyInclusion({ leafIndex, treeSize, leafHash: hash, rootHash }, proof);
    }
    const large = asked
      .filter(({ level }) => level >= 8)
      .map(({ level, index }) => `${level}/${index}`);
    expect(large.length).toBeGreaterThan(5);
    expect(new Set(large).size).toBe(large.length);
  });

  it('keeps nothing that could not be found', async () => {
    const { source } = countingSource();
    let isLost = true;
    const kept = keepRoots((subtrees) =>
      isLost ? Promise.reject(new Error('lost')) : source(subtrees),
    );
    await expect(proveInclusion(3, treeSize, kept)).rejects.toThrow('lost');
    isLost = false;
    const proof = await proveInclusion(3, treeSize, kept);
    expect(() => {
      verifyInclusion({ leafIndex: 3, treeSize, leafHash: leaves[3]!, rootHash }, proof);
    }).not.toThrow();
  });
});
