import { hashBytes } from './hash.js';

/** The chain's beginning: what the first entry names as its predecessor. */
export const noPreviousLeafHash = Buffer.alloc(hashBytes);

/** The largest entry that a bundle's 16-bit length can announce. */
export const entryBytesMax = 65_535;

/**
 * The entry of an event: canonical JSON of `{ v, index, prev, event }`, spliced around the event's
 * own canonical text, which is never parsed and written again. Entry 0 of a log reads
 *
 *     {"event":{…},"index":0,"prev":"0000…0000","v":1}
 *
 * `prev` is the leaf hash of the entry before: the chain stands inside the tree.
 */
export function formatEntry(index: number, previousLeafHash: Buffer, event: string): Buffer {
  const prev = previousLeafHash.toString('hex');
  return Buffer.from(`{"event":${event},"index":${index},"prev":"${prev}","v":1}`);
}

/** Each entry behind its length in 16 bits, big-endian (C2SP tlog-tiles, entry bundles). */
export function formatEntryBundle(entries: readonly Buffer[]): Buffer {
  return Buffer.concat(
    entries.flatMap((entry) => {
      if (entry.length > entryBytesMax) throw new RangeError('An entry is too large for a bundle');
      const length = Buffer.alloc(2);
      length.writeUInt16BE(entry.length);
      return [length, entry];
    }),
  );
}
