/**
 * Of the trie, the tables hold the keys, the subtries of 16 bits that the keys lie in (buckets), and
 * those of 8 bits above them: a change touches one of each, and a proof reads 256 of each.
 */
export const bucketDepth = 16;
export const middleDepth = 8;
export const rowWidth = 256;

/** The first 16 bits. */
export function bucketOf(keyHash: Buffer): number {
  return keyHash.readUInt16BE(0);
}
