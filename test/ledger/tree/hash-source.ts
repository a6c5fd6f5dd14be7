import { foldHashes, type HashSource } from '../../../src/ledger/tree/index.js';

/** Answers the roots of subtrees from a list of leaf hashes, which may grow. */
export function hashesOver(leafHashes: readonly Buffer[]): HashSource {
  return (subtrees) =>
    Promise.resolve(
      subtrees.map(({ level, index }) => {
        const width = 2 ** level;
        return foldHashes(Buffer.concat(leafHashes.slice(index * width, (index + 1) * width)));
      }),
    );
}
