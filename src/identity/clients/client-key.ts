import { createPublicKey, type KeyObject } from 'node:crypto';

import { calculateJwkThumbprint } from 'jose';
import { z } from 'zod';

const kidCharactersMax = 128;
const rsaBitsMin = 2048;

const base64url = z
  .string()
  .max(1024)
  .regex(/^[\w-]+$/, 'must be base64url');
const common = {
  kid: z
    .string()
    .max(kidCharactersMax)
    .regex(/^[\w.:-]+$/, 'must be letters, digits, dot, colon, hyphen or underscore')
    .optional(),
  use: z.literal('sig').optional(),
};

/** A public key as a client registers it (RFC 7517); members of a private key are refused. */
export const clientJwkSchema = z
  .discriminatedUnion('kty', [
    z.strictObject({
      ...common,
      kty: z.literal('OKP'),
      crv: z.literal('Ed25519'),
      x: base64url,
      alg: z.literal('EdDSA').optional(),
    }),
    z.strictObject({
      ...common,
      kty: z.literal('EC'),
      crv: z.literal('P-256'),
      x: base64url,
      y: base64url,
      alg: z.literal('ES256').optional(),
    }),
    z.strictObject({
      ...common,
      kty: z.literal('RSA'),
      n: base64url,
      e: base64url,
      alg: z.literal('PS256').optional(),
    }),
  ])
  .refine(isSound, 'must be a key of its curve, or an RSA key of 2048 bits at least')
  .meta({ id: 'ClientJwk' });
export type ClientJwk = z.output<typeof clientJwkSchema>;

/** What a client may sign with: Ed25519 by its old name and its new one (RFC 9864 §2.2), ES256, PS256. */
export const clientAlgorithms = ['EdDSA', 'Ed25519', 'ES256', 'PS256'];

/** What a key is used with; the header of an assertion chooses nothing beyond (RFC 8725 §3.1). */
export function algorithmsOf({ kty }: Pick<ClientJwk, 'kty'>): readonly string[] {
  switch (kty) {
    case 'OKP':
      return ['EdDSA', 'Ed25519'];
    case 'EC':
      return ['ES256'];
    case 'RSA':
      return ['PS256'];
  }
}

/** The name under which a key is registered: its own, or its thumbprint (RFC 7638). */
export async function kidOf(jwk: ClientJwk): Promise<string> {
  return jwk.kid ?? (await calculateJwkThumbprint(publicKeyOf(jwk)));
}

/** @throws Error where the members make no key. */
export function publicKeyOf(jwk: object): KeyObject {
  return createPublicKey({ key: { ...jwk }, format: 'jwk' });
}

function isSound(jwk: object): boolean {
  try {
    const { asymmetricKeyDetails } = publicKeyOf(jwk);
    const bits = asymmetricKeyDetails?.modulusLength;
    return bits === undefined || bits >= rsaBitsMin;
  } catch {
    return false;
  }
}
