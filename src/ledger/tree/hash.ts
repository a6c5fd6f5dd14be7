import { hash } from 'node:crypto';

/** Bytes of a SHA-256 digest. */
export const hashBytes = 32;

const leafPrefix = 0x00;
const nodePrefix = 0x01;

/** Plain SHA-256 (FIPS 180-4). */
export function sha256(data: string | Uint8Array): Buffer {
  return hash('sha256', data, 'buffer');
}

/** The root of the tree without leaves: the hash of nothing (RFC 9162 §2.1.1). */
export const emptyRootHash = sha256('');

/**
 * SHA-256(0x00 ‖ entry) (RFC 6962 §2.1). The prefix keeps leaves and nodes apart: without it, a
 * node's two hashes could be passed off as an entry.
 */
export function leafHash(entry: Uint8Array): Buffer {
  const length = 1 + entry.length;
  if (leaf.length < length) leaf = Buffer.alloc(length, leafPrefix);
  leaf.set(entry, 1);
  const digest = Buffer.allocUnsafe(hashBytes);
  writeDigest(leaf.subarray(0, length), digest, 0);
  return digest;
}

/** SHA-256(0x01 ‖ left ‖ right) (RFC 6962 §2.1). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  pair.set(left, 1);
  pair.set(right, 1 + hashBytes);
  const digest = Buffer.allocUnsafe(hashBytes);
  writeDigest(pair, digest, 0);
  return digest;
}

// One buffer for all calls: the hash is taken before anybody else can write into it.
const pair = Buffer.alloc(1 + 2 * hashBytes, nodePrefix);
let leaf = Buffer.alloc(4_096, leafPrefix);

/** Bytes [start, end) of a buffer: where there are millions, a view of each costs much beside its hash. */
export interface Span {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/**
 * `leafHash` of an entry where it lies, written at a place among others: the byte before it, which
 * there must be, is lent to the leaf prefix meanwhile, so that nothing is copied.
 */
export function writeLeafHashOf({ bytes, start, end }: Span, target: Buffer, at: number): void {
  const before = bytes[start - 1] ?? leafPrefix;
  bytes[start - 1] = leafPrefix;
  const input = new Uint8Array(bytes.buffer, bytes.byteOffset + start - 1, end - start + 1);
  writeDigest(input, target, at);
  bytes[start - 1] = before;
}

/** `nodeHash` of the two hashes that stand side by side from `start`, written at a place among others. */
export function writeNodeHash(
  { hashes, start }: { readonly hashes: Buffer; readonly start: number },
  target: Buffer,
  at: number,
): void {
  hashes.copy(pair, 1, start, start + 2 * hashBytes);
  writeDigest(pair, target, at);
}

/**
 * As text in between, a character a byte (`binary`): to make a buffer for each digest takes Node.js longer
 * than the digest itself.
 */
function writeDigest(input: Uint8Array, target: Buffer, at: number): void {
  target.write(hash('sha256', input, 'binary'), at, hashBytes, 'binary');
}
