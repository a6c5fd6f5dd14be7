import { createHash } from 'node:crypto';

import type { Finding } from './redaction.js';
import type { Scan } from './scan.js';

const ADDRESS =
  /(?<![\da-z])(?:0x[\da-f]{40}|bc1[02-9ac-hj-np-z]{11,87}|[13][1-9a-z]{25,34})(?![\da-z])/gi;
const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const BECH32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const GENERATORS = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
const BECH32_CHECK = 1;
const BECH32M_CHECK = 0x2bc830a3;
/** A version byte, a hash of twenty bytes, four bytes of checksum. */
const BASE58_BYTES = 25;

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

/** Base58Check: the first four bytes of the double SHA-256 end the address. */
function passesBase58Check(text: string): boolean {
  let value = 0n;
  for (const character of text) {
    const digit = BASE58.indexOf(character);
    if (digit < 0) return false;
    value = value * 58n + BigInt(digit);
  }
  const hex = value.toString(16).padStart(BASE58_BYTES * 2, '0');
  if (hex.length !== BASE58_BYTES * 2) return false;
  const bytes = Buffer.from(hex, 'hex');
  const check = sha256(sha256(bytes.subarray(0, -4))).subarray(0, 4);
  return check.equals(bytes.subarray(-4));
}

/** The checksum of BIP-173 and, from witness version 1 on, of BIP-350. */
function passesBech32Check(text: string): boolean {
  if (text !== text.toLowerCase() && text !== text.toUpperCase()) return false;
  const data = Array.from(text.toLowerCase().slice(3), (character) => BECH32.indexOf(character));
  // The prefix "bc", expanded: high bits, a zero, low bits.
  const values = [3, 3, 0, 2, 3, ...data];
  let check = 1;
  for (const value of values) {
    const top = check >>> 25;
    check = ((check & 0x1ffffff) << 5) ^ value;
    GENERATORS.forEach((generator, bit) => {
      if ((top >>> bit) & 1) check ^= generator;
    });
  }
  return check === (data[0] === 0 ? BECH32_CHECK : BECH32M_CHECK);
}

/**
 * An Ethereum address counts whatever its capitals say: ERC-55 is optional, and one that was typed
 * wrong still points at a person's wallet.
 */
function isAddress(text: string): boolean {
  if (text.startsWith('0x') || text.startsWith('0X')) return true;
  return /^bc1/i.test(text) ? passesBech32Check(text) : passesBase58Check(text);
}

/** Finds Bitcoin addresses whose checksum is right (Base58Check, BIP-173, BIP-350) and Ethereum addresses. */
export function findCryptoAddresses(scan: Scan): Finding[] {
  const found: Finding[] = [];
  for (const { 0: text, index } of scan.folded.text.matchAll(ADDRESS)) {
    scan.steps += text.length;
    if (isAddress(text)) {
      found.push({ kind: 'crypto-address', start: index, end: index + text.length });
    }
  }
  return found;
}
