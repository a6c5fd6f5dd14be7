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

/** Thrown for bytes that are no entry bundle. */
export class EntryBundleError extends Error {
  override readonly name = 'EntryBundleError';
}

const entryStart = Buffer.from('{"event":');

/**
 * Tells whether an entry is the one of this index behind that predecessor: whether it is what
 * `formatEntry` writes around some event. The event itself is bound by the leaf hash, not here.
 */
export function isEntryAt(entry: Buffer, index: number, previousLeafHash: Buffer): boolean {
  const end = Buffer.from(`,"index":${index},"prev":"${previousLeafHash.toString('hex')}","v":1}`);
  return (
    entry.length > entryStart.length + end.length &&
    entry.compare(entryStart, 0, entryStart.length, 0, entryStart.length) === 0 &&
    entry.compare(end, 0, end.length, entry.length - end.length) === 0
  );
}

/**
 * Reads the event's canonical text out of an entry that stands at `index` behind a predecessor; null
 * where the entry is another.
 */
export function eventOfEntry(
  entry: Buffer,
  index: number,
  previousLeafHash: Buffer,
): string | null {
  if (!isEntryAt(entry, index, previousLeafHash)) return null;
  const around = formatEntry(index, previousLeafHash, '').length - entryStart.length;
  return entry.toString('utf8', entryStart.length, entry.length - around);
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
