import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import { openBlob, PersonKeyring, sealBlob, type SubjectRef } from '../platform/index.js';

/** Where a value stands; part of what is bound to its ciphertext. */
export interface FieldPlace {
  readonly table: string;
  readonly column: string;
  readonly rowId: string;
}

/**
 * Encrypts a person's fields under that person's own key (AES-256-GCM; version 1 byte, nonce 12,
 * tag 16, ciphertext). Bound are table, column, row and person, so that a value copied to another
 * place or person does not open. Destroying the person's key makes every copy unreadable.
 */
@Injectable()
export class FieldEncryption {
  constructor(private readonly keyring: PersonKeyring) {}

  /** @throws KeyDestroyed after the person's erasure. */
  // eslint-disable-next-line no-restricted-syntax -- connection, person, place and value are four things; a bag of them would only hide that.
  async encrypt(
    manager: EntityManager,
    subjectRef: SubjectRef,
    place: FieldPlace,
    text: string,
  ): Promise<Buffer> {
    const { encryptionKey, keyId } = await this.keyring.keyOf(manager, subjectRef);
    return sealBlob(encryptionKey, Buffer.from(text, 'utf8'), contextOf(subjectRef, keyId, place));
  }

  /**
   * @throws KeyDestroyed after the person's erasure; SealBroken where the value was not sealed for
   *   this person and place.
   */
  // eslint-disable-next-line no-restricted-syntax -- the same four.
  async decrypt(
    manager: EntityManager,
    subjectRef: SubjectRef,
    place: FieldPlace,
    sealed: Uint8Array,
  ): Promise<string> {
    const { encryptionKey, keyId } = await this.keyring.keyOf(manager, subjectRef);
    return openBlob(encryptionKey, sealed, contextOf(subjectRef, keyId, place)).toString('utf8');
  }
}

/** None of the parts can hold a line break, so two places never give the same text. */
function contextOf(subjectRef: SubjectRef, keyId: string, place: FieldPlace): string {
  const parts = [subjectRef, keyId, place.table, place.column, place.rowId];
  if (parts.some((part) => part.includes('\n'))) throw new Error('Not a place of a field');
  return `field/v1\n${parts.join('\n')}`;
}
