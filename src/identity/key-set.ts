import { Injectable } from '@nestjs/common';
import { z } from 'zod';

import { KeyStore, type SigningKey, tokenKeySecondsMax } from '../platform/index.js';

export const keySetSchema = z
  .object({
    keys: z.array(
      z.object({
        kty: z.literal('OKP'),
        crv: z.literal('Ed25519'),
        use: z.literal('sig'),
        alg: z.literal('EdDSA'),
        kid: z.string(),
        x: z.string(),
      }),
    ),
  })
  .meta({ id: 'KeySet' });
/** A JWK set of Ed25519 keys (RFC 7517 §5, RFC 8037 §2). */
export type PublicKeySet = z.output<typeof keySetSchema>;

/** The protected header of every token of ours. */
export interface TokenHeader {
  readonly alg: 'EdDSA';
  readonly typ: 'at+jwt';
  readonly kid: string;
}

/** The keys of access tokens, the current one first. */
@Injectable()
export class KeySet {
  constructor(private readonly keys: KeyStore) {}

  publicKeys(now: Date): PublicKeySet {
    return {
      keys: this.#alive(now).map(({ keyId, publicKeyBytes }) => ({
        kty: 'OKP',
        crv: 'Ed25519',
        use: 'sig',
        alg: 'EdDSA',
        kid: keyId,
        x: publicKeyBytes.toString('base64url'),
      })),
    };
  }

  signingKey(): SigningKey {
    const [current] = this.keys.signingKeys('access-token');
    if (!current) throw new Error('The key store has no key for access tokens');
    return current;
  }

  /**
   * The key of a token by the token's first part as it stands. A header of ours is one of a few
   * texts: whatever else it may say (`jwk`, `jku`, `crit`, `b64`, a member twice) is no header of
   * ours, and nothing of it is ever interpreted (RFC 8725 §3.1, §3.5).
   */
  findByHeader(encodedHeader: string, now: Date): SigningKey | null {
    const found = this.#find(encodedHeader, now);
    if (found) return found;
    // Another process may have rotated a moment ago.
    this.keys.refresh();
    return this.#find(encodedHeader, now);
  }

  #find(encodedHeader: string, now: Date): SigningKey | null {
    return this.#alive(now).find(({ keyId }) => encodeHeader(keyId) === encodedHeader) ?? null;
  }

  /** A retired key stays until the last token it signed has expired. */
  #alive(now: Date): readonly SigningKey[] {
    return this.keys
      .signingKeys('access-token')
      .filter(
        ({ retiredAt }) =>
          retiredAt === null || retiredAt.getTime() + tokenKeySecondsMax * 1000 > now.getTime(),
      );
  }
}

export function headerOf(kid: string): TokenHeader {
  return { alg: 'EdDSA', typ: 'at+jwt', kid };
}

function encodeHeader(kid: string): string {
  return Buffer.from(JSON.stringify(headerOf(kid))).toString('base64url');
}
