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
  const input = Buffer.allocUnsafe(1 + entry.length);
  input[0] = leafPrefix;
  input.set(entry, 1);
  return hash('sha256', input, 'buffer');
}

const pair = Buffer.alloc(1 + 2 * hashBytes, nodePrefix);

/** SHA-256(0x01 ‖ left ‖ right) (RFC 6962 §2.1). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  // One buffer for all calls: the hash is taken before anybody else can write into it.
  pair.set(left, 1);
  pair.set(right, 1 + hashBytes);
  return hash('sha256', pair, 'buffer');
}
