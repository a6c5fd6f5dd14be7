import { randomBytes, randomInt, timingSafeEqual } from 'node:crypto';

import type { KeyStore } from '../platform/index.js';

/** What a code is good for. Any change of it makes another code (Regulation (EU) 2018/389 Art. 5). */
export interface CodeContext {
  readonly sessionId: string;
  readonly subjectRef: string;
  readonly method: string;
  readonly purpose: string;
  readonly resource: string | null;
  /** Minor units as a decimal. */
  readonly amountMinor: string | null;
  readonly currency: string | null;
  readonly destinationDigest: Buffer;
}

/** What stands of a code in its challenge. */
export interface CodeBinding {
  /** The challenge's id. */
  readonly id: string;
  readonly purpose: string;
  readonly contextDigest: Buffer;
}

/** Decimal digits from a CSPRNG (OWASP ASVS 5.0.0 6.5.3), each code as likely as any other. */
export function makeCode(digits: number): string {
  return String(randomInt(10 ** digits)).padStart(digits, '0');
}

/** The code as it was meant: people and phones group digits with spaces or hyphens. */
export function normaliseCode(code: string): string {
  return code.replace(/[\s-]/g, '');
}

/** A keyed digest of everything a code is bound to. JSON keeps the parts apart whatever they hold. */
export function digestContext(keys: KeyStore, context: CodeContext, payee: string | null): Buffer {
  const { sessionId, subjectRef, method, purpose, resource, amountMinor, currency } = context;
  const session = [sessionId, subjectRef, method, context.destinationDigest.toString('base64')];
  const parts = ['context/v1', ...session, purpose, resource, amountMinor, currency, payee];
  return keys.mac('one-time-password', JSON.stringify(parts));
}

/**
 * HMAC-SHA-256 under a pepper from the key store: a million codes are quickly hashed, so that a bare
 * hash would be the code itself.
 */
export function digestCode(keys: KeyStore, binding: CodeBinding, code: string): Buffer {
  const { id, purpose, contextDigest } = binding;
  const parts = ['code/v1', id, purpose, contextDigest.toString('base64'), code];
  return keys.mac('one-time-password', JSON.stringify(parts));
}

/** A keyed digest of where a code goes; of nowhere, one that differs for each account or claimed number. */
export function digestDestination(
  keys: KeyStore,
  destination: string | null,
  counterScope: Buffer,
): Buffer {
  const whereto = destination ?? `nobody/${counterScope.toString('base64')}`;
  return keys.mac('blind-index', `destination/v1\n${whereto}`);
}

/** A digest that no code has: for challenges whose code nobody gets. */
export function digestOfNoCode(): Buffer {
  return randomBytes(32);
}

/** Compares in constant time. */
export function sameDigest(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
