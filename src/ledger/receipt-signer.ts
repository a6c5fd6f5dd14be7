import { sign, type KeyObject } from 'node:crypto';

import type { KeyStore } from '../platform/index.js';
import type { Receipt } from './receipt.js';
import { noteKeyId } from './tree/signed-note.js';
import { receiptText } from './verification/verify-receipt.js';

/** The event that a receipt promises. */
export interface ReceiptedEvent {
  readonly id: string;
  /** Base64 with padding. */
  readonly hash: string;
  readonly recordedAt: string;
}

/**
 * Signs receipts with the log's current key, in the calling thread: to have another one make a
 * signature costs this one nearly as much.
 */
export class ReceiptSigner {
  readonly #keyIds = new WeakMap<KeyObject, string>();

  constructor(
    private readonly keys: KeyStore,
    private readonly origin: string,
  ) {}

  sign(event: ReceiptedEvent): Receipt {
    const key = this.keys.signingKeys('log')[0];
    if (!key) throw new Error('The key store has no key for the log');
    // Ed25519 hashes by itself (RFC 8032 §5.1.6): no digest is named.
    const signature = sign(null, Buffer.from(receiptText(this.origin, event)), key.privateKey);
    return {
      eventId: event.id,
      eventHash: event.hash,
      recordedAt: event.recordedAt,
      origin: this.origin,
      keyId: this.#keyIdOf(key),
      signature: signature.toString('base64'),
    };
  }

  #keyIdOf(key: { readonly publicKey: KeyObject; readonly publicKeyBytes: Buffer }): string {
    const known = this.#keyIds.get(key.publicKey);
    if (known !== undefined) return known;
    const keyId = noteKeyId(this.origin, key.publicKeyBytes).toString('hex');
    this.#keyIds.set(key.publicKey, keyId);
    return keyId;
  }
}
