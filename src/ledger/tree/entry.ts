import { hashBytes } from './hash.js';

/** The chain's beginning: what the first entry names as its predecessor. */
export const noPreviousLeafHash = Buffer.alloc(hashBytes);

/** The largest entry that a bundle's 16-bit length can announce. */
export const entryBytesMax = 65_535;

const entryStart = '{"event":';

function entryEnd(index: number, previousLeafHash: Buffer): string {
  return `,"index":${index},"prev":"${previousLeafHash.toString('hex')}","v":1}`;
}

/**
 * The entry of an event: canonical JSON of `{ v, index, prev, event }`, spliced around the event's
 * own canonical text, which is never parsed and written again. Entry 0 of a log reads
 *
 *     {"event":{…},"index":0,"prev":"0000…0000","v":1}
 *
 * `prev` is the leaf hash of the entry before: the chain stands inside the tree.
 */
export function formatEntry(index: number, previousLeafHash: Buffer, event: string): Buffer {
  return Buffer.from(`${entryStart}${event}${entryEnd(index, previousLeafHash)}`);
}

/** Thrown for bytes that are no entry bundle. */
export class EntryBundleError extends Error {
  override readonly name = 'EntryBundleError';
}

/**
 * Tells whether an entry is the one of this index behind that predecessor: whether it is what
 * `formatEntry` writes around some event. The event itself is bound by the leaf hash, not here.
 */
export function isEntryAt(entry: Buffer, index: number, previousLeafHash: Buffer): boolean {
  const end = entryEnd(index, previousLeafHash);
  return (
    entry.length > entryStart.length + end.length &&
    // Byte by byte: no byte beyond ASCII passes for one within.
    entry.toString('latin1', 0, entryStart.length) === entryStart &&
    entry.toString('latin1', entry.length - end.length) === end
  );
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

const lengthBytes = 2;

/**
 * Takes a bundle apart; the entries are views of its bytes.
 *
 * @throws EntryBundleError where the bytes end within an entry, or hold more or fewer than `width`.
 */
export function parseEntryBundle(bundle: Buffer, width: number): Buffer[] {
  const entries: Buffer[] = [];
  let at = 0;
  while (at < bundle.length && entries.length < width) {
    if (at + lengthBytes > bundle.length) throw new EntryBundleError('A length is cut off');
    const start = at + lengthBytes;
    const end = start + bundle.readUInt16BE(at);
    if (end > bundle.length) throw new EntryBundleError('An entry is cut off');
    entries.push(bundle.subarray(start, end));
    at = end;
  }
  if (at < bundle.length || entries.length < width) {
    throw new EntryBundleError('Not a bundle of this width');
  }
  return entries;
}
