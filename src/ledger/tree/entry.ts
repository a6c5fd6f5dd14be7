import { hashBytes, type Span } from './hash.js';

/** The chain's beginning: what the first entry names as its predecessor. */
export const noPreviousLeafHash = Buffer.alloc(hashBytes);

/** The largest entry that a bundle's 16-bit length can announce. */
export const entryBytesMax = 65_535;

const entryStart = '{"event":';
const beforeIndex = ',"index":';
const beforeHash = ',"prev":"';
const afterHash = '","v":1}';

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
  return Buffer.from(`${entryStart}${event}${beforeIndex}${index}${beforeHash}${hash}${afterHash}`);
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
  const lying = { bytes: entry, start: 0, end: entry.length };
  return isEntryIn(lying, index, { bytes: previousLeafHash, start: 0, end: hashBytes });
}

/** `isEntryAt`, of an entry and a leaf hash where they lie. */
export function isEntryIn({ bytes, start, end }: Span, index: number, previous: Span): boolean {
  const hashAt = end - afterHash.length - 2 * hashBytes;
  const indexEnd = hashAt - beforeHash.length;
  const indexAt = startOfNumber(bytes, index, indexEnd);
  const eventEnd = indexAt - beforeIndex.length;
  return (
    eventEnd > start + entryStart.length &&
    holdsText(bytes, entryStart, start) &&
    holdsText(bytes, beforeIndex, eventEnd) &&
    holdsText(bytes, beforeHash, indexEnd) &&
    holdsHex(bytes, hashAt, previous) &&
    holdsText(bytes, afterHash, end - afterHash.length)
  );
}

/** Where the decimal digits of a number begin that end at a place; -1 where others stand there. */
function startOfNumber(bytes: Buffer, value: number, end: number): number {
  let at = end;
  let rest = value;
  do {
    at -= 1;
    const tenth = Math.floor(rest / 10);
    if (bytes[at] !== digitZero + rest - 10 * tenth) return -1;
    rest = tenth;
  } while (rest > 0);
  return at;
}

const digitZero = 0x30;

/** ASCII only. Nothing is copied to be compared: this is asked of every entry of a log. */
function holdsText(bytes: Buffer, text: string, at: number): boolean {
  for (let place = 0; place < text.length; place += 1) {
    if (bytes[at + place] !== text.charCodeAt(place)) return false;
  }
  return true;
}

/** Both hexadecimal digits of each byte, as the 16-bit number that their characters make. */
const hexPairs = Uint16Array.from({ length: 256 }, (_, byte) =>
  Buffer.from(Buffer.of(byte).toString('hex')).readUInt16BE(),
);

function holdsHex(bytes: Buffer, at: number, { bytes: hash, start }: Span): boolean {
  for (let place = 0; place < hashBytes; place += 1) {
    const digitsAt = at + 2 * place;
    const digits = ((bytes[digitsAt] ?? 0) << 8) | (bytes[digitsAt + 1] ?? 0);
    if (digits !== hexPairs[hash[start + place] ?? 0]) return false;
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
  return spansOfBundle(bundle, width).map(({ start, end }) => bundle.subarray(start, end));
}

/** `parseEntryBundle`, where the entries lie; at least their two bytes of length lie before each. */
export function spansOfBundle(bundle: Buffer, width: number): Span[] {
  const spans: Span[] = [];
  let at = 0;
  while (at < bundle.length && spans.length < width) {
    if (at + lengthBytes > bundle.length) throw new EntryBundleError('A length is cut off');
    const start = at + lengthBytes;
    const end = start + bundle.readUInt16BE(at);
    if (end > bundle.length) throw new EntryBundleError('An entry is cut off');
    spans.push({ bytes: bundle, start, end });
    at = end;
  }
  if (at < bundle.length || spans.length < width) {
    throw new EntryBundleError('Not a bundle of this width');
  }
  return spans;
}
