import type { KeyStore } from '../platform/index.js';

/** Seals the payee of a challenge to it, so that a fresh code's message can name it again. */
export function sealPayee(keys: KeyStore, challengeId: string, payee: string): Buffer {
  return keys.seal('notification', Buffer.from(payee, 'utf8'), context(challengeId));
}

/** @throws Error where it was not sealed for this challenge. */
export function openPayee(keys: KeyStore, challengeId: string, sealed: Buffer): string {
  return keys.open('notification', sealed, context(challengeId)).toString('utf8');
}

function context(challengeId: string): string {
  return `challenge-payee/v1\n${challengeId}`;
}
