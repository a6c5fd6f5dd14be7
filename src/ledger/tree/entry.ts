import { hashBytes } from './hash.js';

/** The chain's beginning: what the first entry names as its predecessor. */
export const noPreviousLeafHash = Buffer.alloc(hashBytes);

/** The largest entry that a bundle's 16-bit length can announce. */
export const entryBytesMax = 65_535;

const entryStart = '{"event":';

const afterHash = '","v":1}';

function beforeHashOf(index: number): string {
  return `,"index":${index},"prev":"`;
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
  const hash = previousLeafHash.toString('hex');
  return Buffer.from(`${entryStart}${event}${beforeHashOf(index)}${hash}${afterHash}`);
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
  const beforeHash = beforeHashOf(index);
  const hashAt = entry.length - afterHash.length - 2 * hashBytes;
  const eventEnd = hashAt - beforeHash.length;
  return (
    eventEnd > entryStart.length &&
    holdsText(entry, entryStart, 0) &&
    holdsText(entry, beforeHash, eventEnd) &&
    holdsHex(entry, previousLeafHash, hashAt) &&
    holdsText(entry, afterHash, entry.length - afterHash.length)
  );
}

/** ASCII only. Nothing is copied to be compared: this is asked of every entry of a log. */
function holdsText(bytes: Buffer, text: string, at: number): boolean {
  for (let place = 0; place < text.length; place += 1) {
    if (bytes[at + place] !== text.charCodeAt(place)) return false;
  }
  return true;
}

const hexDigits = Buffer.from('0123456789abcdef');

function holdsHex(bytes: Buffer, hash: Buffer, at: number): boolean {
  for (let place = 0; place < hashBytes; place += 1) {
    const byte = hash[place] ?? 0;
    const digitsAt = at + 2 * place;
    if (bytes[digitsAt] !== hexDigits[byte >> 4]) return false;
    if (bytes[digitsAt + 1] !== hexDigits[byte & 0x0f]) return false;
  }
  return true;
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
