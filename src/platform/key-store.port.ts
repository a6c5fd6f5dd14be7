import type { KeyObject } from 'node:crypto';

/** Keys for HMAC-SHA-256, one per use, so that one use never lends its digests to another. */
export type MacKeyName =
  | 'audit-event'
  | 'address'
  | 'one-time-password'
  | 'recovery-code'
  | 'refresh-token'
  | 'assertion'
  | 'card'
  | 'blind-index';

/** Keys for AES-256-GCM over what belongs to no person's key. */
export type SealKeyName =
  | 'notification'
  | 'idempotency'
  | 'staff-totp'
  | 'staff-email'
  | 'ledger-export'
  | 'ledger-archive';

/** Ed25519 key pairs: `log` signs checkpoints and receipts, `access-token` signs JWTs. */
export type SigningKeyName = 'log' | 'access-token';

export interface SigningKey {
  /** Short public name of the pair, stable across processes. */
  readonly keyId: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** 32 raw bytes of the public key (RFC 8032 §5.1.5). */
  readonly publicKeyBytes: Buffer;
  readonly createdAt: Date;
  /** When a rotated key stops being used to sign; null for the current one. */
  readonly retiredAt: Date | null;
}

/**
 * How long after its end of use a key of access tokens is still needed: the longest life of a token
 * (a guest's day), and an hour for clocks and for processes that were slow to learn of the new key.
 */
export const tokenKeySecondsMax = 90_000;

/** How long the key of the log that is replaced signs beside the new one: auditors learn of it meanwhile. */
export const logKeyOverlapSeconds = 604_800;

/** That a key was replaced, for the ledger. */
export interface KeyRotation {
  /** A UUID, by which the ledger knows it has recorded this one. */
  readonly id: string;
  readonly name: SigningKeyName | 'master';
  /** Of the new signing key; null for the master key. */
  readonly keyId: string | null;
  readonly rotatedAt: Date;
}

export interface RotateOptions {
  /** How long the replaced key goes on signing beside the new one: its `retiredAt` lies so far ahead. */
  readonly overlapSeconds?: number;
}

/** Thrown by `unwrap` for a key that was destroyed, even when a backup still holds its wrapping. */
export class KeyDestroyed extends Error {
  override readonly name = 'KeyDestroyed';
}

/**
 * Keeps the product's keys outside the database. The embedded adapter is a sealed file under the
 * data folder; a KMS stands behind the same port.
 */
export abstract class KeyStore {
  /** HMAC-SHA-256 under the named key: 32 bytes. */
  abstract mac(name: MacKeyName, data: string | Uint8Array): Buffer;
  /** AES-256-GCM; `context` is bound as associated data. Version 1, nonce 12, tag 16, ciphertext. */
  abstract seal(name: SealKeyName, plaintext: Uint8Array, context: string): Buffer;
  /** @throws Error where the blob, its key or its context is not the one sealed. */
  abstract open(name: SealKeyName, sealed: Uint8Array, context: string): Buffer;
  /** Wraps a person's 32-byte key under the key-encryption key. */
  abstract wrap(keyId: string, key: Uint8Array, context: string): Buffer;
  /** @throws KeyDestroyed where a tombstone for `keyId` stands. */
  abstract unwrap(keyId: string, wrapped: Uint8Array, context: string): Buffer;
  /** Leaves a tombstone: `unwrap` refuses this key id from now on. */
  abstract destroy(keyId: string): Promise<void>;
  abstract isDestroyed(keyId: string): boolean;
  /**
   * Newest first; the first signs, the others still verify. At most half a second behind other
   * processes.
   */
  abstract signingKeys(name: SigningKeyName): readonly SigningKey[];
  /**
   * Puts a new signing key before the others and retires the one it replaces; durable once it
   * returns. Of two that rotate at once, both take effect, one after the other.
   */
  abstract rotate(name: SigningKeyName, options?: RotateOptions): Promise<SigningKey>;
  /** Every key that was replaced since the store was made, oldest first. */
  abstract rotations(): readonly KeyRotation[];
  /** Learns at once what other processes have changed. */
  abstract refresh(): void;
  /** Whether the store can be used now; `/health/ready` asks. */
  abstract isHealthy(): Promise<boolean>;
}
