import { randomBytes } from 'node:crypto';

import type { KeyStore, SubjectRef } from '../../platform/index.js';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const bitsOfCharacter = 5;
const groupCharacters = 6;

/**
 * A recovery code of at least so many bits from a CSPRNG, in Base32 (RFC 4648 §6) and groups that a
 * person can copy: `ABCDEF-GHIJKL-…`. Whole groups: 112 bits make 24 characters, 120 bits.
 */
export function makeRecoveryCode(entropyBitsMin: number): string {
  const groups = Math.ceil(entropyBitsMin / (bitsOfCharacter * groupCharacters));
  const bytes = randomBytes(groups * groupCharacters);
  // 256 is a multiple of 32: each character is as likely as any other.
  const characters = [...bytes].map((byte) => alphabet.charAt(byte % alphabet.length)).join('');
  return characters.replace(/(.{6})(?=.)/g, '$1-');
}

/**
 * What is stored of a recovery code. A keyed hash is enough from 112 bits (OWASP ASVS 5.0.0 6.5.2);
 * it is bound to its owner, so that a row copied to another person opens nothing.
 */
export function digestRecoveryCode(keys: KeyStore, subjectRef: SubjectRef, code: string): Buffer {
  const plain = code.replace(/[\s-]/g, '').toUpperCase();
  return keys.mac('recovery-code', JSON.stringify(['recovery-code/v1', subjectRef, plain]));
}
