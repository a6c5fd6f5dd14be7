import {
  createHash,
  createPrivateKey,
  createPublicKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  randomUUID,
} from 'node:crypto';

import sodium from 'libsodium-wrappers';
import { z } from 'zod';

import {
  type KeyRotation,
  type SigningKey,
  type SigningKeyName,
  tokenKeySecondsMax,
} from './key-store.port.js';

const keyBytes = 32;
const base64Key = z.base64().refine((text) => Buffer.from(text, 'base64').length === keyBytes);

const signingSeedSchema = z.strictObject({
  seed: base64Key,
  createdAt: z.iso.datetime(),
  retiredAt: z.iso.datetime().nullable(),
});
const rotationSchema = z.strictObject({
  id: z.uuid(),
  name: z.enum(['log', 'access-token', 'master']),
  /** Of the new signing key; null for the master key, which is known to nobody. */
  keyId: z.string().nullable(),
  rotatedAt: z.iso.datetime(),
});
const materialSchema = z.strictObject({
  version: z.literal(1),
  /** A store made under a development key is never used in production. */
  profile: z.enum(['development', 'production']),
  /** Keys for HMAC and for short-lived seals are derived from it, by name. */
  root: base64Key,
  /** Key-encryption key of persons' keys. */
  wrapping: z.strictObject({ id: z.string(), key: base64Key }),
  signing: z.strictObject({
    log: z.array(signingSeedSchema).min(1),
    'access-token': z.array(signingSeedSchema).min(1),
  }),
  /** Every change of a key since the store was made, oldest first. */
  rotations: z.array(rotationSchema).default([]),
});

/** Everything the embedded key store keeps, as it stands in the sealed file. */
export type KeyMaterial = z.infer<typeof materialSchema>;
export type SigningSeed = z.infer<typeof signingSeedSchema>;
type StoredRotation = z.infer<typeof rotationSchema>;

/** libsodium is WebAssembly: nothing of this file works before it is loaded. */
export async function keyMaterialReady(): Promise<void> {
  await sodium.ready;
}

/** New keys for a new installation. */
export function generateKeyMaterial(profile: KeyMaterial['profile'], now: Date): KeyMaterial {
  return {
    version: 1,
    profile,
    root: newKey(),
    wrapping: { id: randomBytes(4).toString('hex'), key: newKey() },
    signing: { log: [newSeed(now)], 'access-token': [newSeed(now)] },
    rotations: [],
  };
}

function newKey(): string {
  return randomBytes(keyBytes).toString('base64');
}

function newSeed(now: Date): SigningSeed {
  return { seed: newKey(), createdAt: now.toISOString(), retiredAt: null };
}

/** How a signing key is replaced. */
export interface SigningRotation {
  readonly name: SigningKeyName;
  readonly now: Date;
  /** How long the key that is replaced still signs beside the new one. */
  readonly overlapSeconds: number;
}

/**
 * The material with a new signing key before the others. The one it replaces is retired, and keys
 * of access tokens that can have signed nothing that is still good are forgotten.
 */
export function rotateSigningKey(
  material: KeyMaterial,
  { name, now, overlapSeconds }: SigningRotation,
): KeyMaterial {
  const seed = newSeed(now);
  const retiredAt = new Date(now.getTime() + overlapSeconds * 1000).toISOString();
  const older = material.signing[name]
    .map((key) => (key.retiredAt === null ? { ...key, retiredAt } : key))
    .filter((key) => name === 'log' || !isForgotten(key.retiredAt, now));
  const { keyId } = signingKeyOf(name, seed);
  return {
    ...material,
    signing: { ...material.signing, [name]: [seed, ...older] },
    rotations: [...material.rotations, rotation(name, keyId, now)],
  };
}

/** The material as it is sealed under another master key: the keys themselves stay. */
export function recordMasterRotation(material: KeyMaterial, now: Date): KeyMaterial {
  return { ...material, rotations: [...material.rotations, rotation('master', null, now)] };
}

function rotation(name: KeyRotation['name'], keyId: string | null, now: Date): StoredRotation {
  return { id: randomUUID(), name, keyId, rotatedAt: now.toISOString() };
}

function isForgotten(retiredAt: string | null, now: Date): boolean {
  if (retiredAt === null) return false;
  return new Date(retiredAt).getTime() + tokenKeySecondsMax * 1000 <= now.getTime();
}

/** Seals the material under the master key: nonce (24 bytes), then XSalsa20-Poly1305 (libsodium secretbox). */
export function sealKeyMaterial(material: KeyMaterial, masterKey: Uint8Array): Buffer {
  // libsodium.js's own generator is slow; its nonce is any 24 bytes that never repeat.
  const nonce = randomBytes(sodium.crypto_secretbox_NONCEBYTES);
  const text = Buffer.from(JSON.stringify(material), 'utf8');
  return Buffer.concat([nonce, sodium.crypto_secretbox_easy(text, nonce, sealingKey(masterKey))]);
}

/** @throws Error where the file was sealed under another master key, or is damaged. */
export function openKeyMaterial(sealed: Buffer, masterKey: Uint8Array): KeyMaterial {
  const nonceLength = sodium.crypto_secretbox_NONCEBYTES;
  let text: Uint8Array;
  try {
    text = sodium.crypto_secretbox_open_easy(
      sealed.subarray(nonceLength),
      sealed.subarray(0, nonceLength),
      sealingKey(masterKey),
    );
  } catch {
    throw new Error('The key store does not open: another master key, or a damaged file');
  }
  return materialSchema.parse(JSON.parse(Buffer.from(text).toString('utf8')));
}

/** BLAKE2b key derivation (libsodium crypto_kdf): the master key itself seals nothing. */
function sealingKey(masterKey: Uint8Array): Uint8Array {
  return sodium.crypto_kdf_derive_from_key(keyBytes, 1, 'probkeys', masterKey);
}

/** HKDF-SHA-256 (RFC 5869): one key per use, none of which tells another. */
export function deriveKey(material: KeyMaterial, use: string): Buffer {
  const root = Buffer.from(material.root, 'base64');
  return Buffer.from(hkdfSync('sha256', root, '', `probity/${use}/v1`, keyBytes));
}

/** PrivateKeyInfo of an Ed25519 seed, up to the seed itself (RFC 8410 §7). */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Makes the key pair of a 32-byte Ed25519 seed (RFC 8032 §5.1.5). */
export function signingKeyOf(name: SigningKeyName, stored: SigningSeed): SigningKey {
  const der = Buffer.concat([pkcs8Prefix, Buffer.from(stored.seed, 'base64')]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(privateKey);
  const publicKeyBytes = rawPublicKey(publicKey);
  return {
    keyId: keyIdOf(name, publicKeyBytes),
    privateKey,
    publicKey,
    publicKeyBytes,
    createdAt: new Date(stored.createdAt),
    retiredAt: stored.retiredAt === null ? null : new Date(stored.retiredAt),
  };
}

function rawPublicKey(publicKey: KeyObject): Buffer {
  return Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
}

/** A JWK is known by its thumbprint (RFC 7638 §3, RFC 8037 §2), a log key by 8 hex digits. */
function keyIdOf(name: SigningKeyName, publicKeyBytes: Buffer): string {
  if (name === 'log') return sha256(publicKeyBytes).toString('hex').slice(0, 8);
  const members = { crv: 'Ed25519', kty: 'OKP', x: publicKeyBytes.toString('base64url') };
  return sha256(JSON.stringify(members)).toString('base64url');
}

function sha256(data: string | Uint8Array): Buffer {
  return createHash('sha256').update(data).digest();
}
