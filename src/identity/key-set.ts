import { Injectable } from '@nestjs/common';
import { createLocalJWKSet, type JWTVerifyGetKey } from 'jose';
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

/** The public keys of access tokens, the current one first. */
@Injectable()
export class KeySet {
  #fingerprint = '';
  #verifier: JWTVerifyGetKey | null = null;

  constructor(private readonly keys: KeyStore) {}

  /** A retired key stays until the last token it signed has expired. */
  publicKeys(now: Date): PublicKeySet {
    const alive = this.keys
      .signingKeys('access-token')
      .filter(
        ({ retiredAt }) =>
          retiredAt === null || retiredAt.getTime() + tokenKeySecondsMax * 1000 > now.getTime(),
      );
    return {
      keys: alive.map(({ keyId, publicKeyBytes }) => ({
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

  /** Finds a token's key by its `kid`, among these keys only: `jwk`, `jku` and `x5u` headers are ignored. */
  verifier(now: Date): JWTVerifyGetKey {
    const set = this.publicKeys(now);
    const fingerprint = set.keys.map(({ kid }) => kid).join();
    if (!this.#verifier || fingerprint !== this.#fingerprint) {
      this.#verifier = createLocalJWKSet(set);
      this.#fingerprint = fingerprint;
    }
    return this.#verifier;
  }
}
