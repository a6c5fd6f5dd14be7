import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import type { Tx } from '../ledger/index.js';
import { IdSource, KeyStore, PersonKeyring, type SubjectRef } from '../platform/index.js';
import { FieldEncryption } from '../privacy/index.js';

/** Where a customer's number lies encrypted. */
const numberPlace = (subjectRef: SubjectRef) => ({
  table: 'customers',
  column: 'number',
  rowId: subjectRef,
});

/**
 * Customers as the ledger knows them: a random reference for each, made at first sight together with
 * the person's key. The bank's number is found by a keyed digest and lies encrypted.
 */
@Injectable()
export class Customers {
  constructor(
    private readonly keys: KeyStore,
    private readonly ids: IdSource,
    private readonly keyring: PersonKeyring,
    private readonly encryption: FieldEncryption,
  ) {}

  /** The reference of a number that the bank has vouched for; two sign-ins at once get the same one. */
  async getOrCreate(tx: Tx, customerNumber: string): Promise<SubjectRef> {
    const index = this.#indexOf(customerNumber);
    const present = await find(tx, index);
    if (present) return present;
    // Taken only at first sight: who waits here finds the other's row, and no key is made in vain.
    await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
      index.toString('hex'),
    ]);
    return (await find(tx, index)) ?? this.#create(tx, index, customerNumber);
  }

  /** The reference of a customer who was here before, or null. */
  async find(tx: Pick<Tx, 'query'>, customerNumber: string): Promise<SubjectRef | null> {
    return find(tx, this.#indexOf(customerNumber));
  }

  /** The number of a customer who was here before, or null. */
  async numberOf(manager: EntityManager, subjectRef: SubjectRef): Promise<string | null> {
    const [row] = await manager.query<{ number: Buffer }[]>(
      'SELECT number FROM customers WHERE subject_ref = $1',
      [subjectRef],
    );
    return row ? this.readNumber(manager, subjectRef, row.number) : null;
  }

  /** @throws KeyDestroyed where the person was erased. */
  async readNumber(
    manager: EntityManager,
    subjectRef: SubjectRef,
    sealed: Buffer,
  ): Promise<string> {
    return this.encryption.decrypt(manager, subjectRef, numberPlace(subjectRef), sealed);
  }

  async #create(tx: Tx, index: Buffer, customerNumber: string): Promise<SubjectRef> {
    const subjectRef = this.ids.random<SubjectRef>();
    await this.keyring.create(tx.manager, subjectRef);
    const number = await this.encryption.encrypt(
      tx.manager,
      subjectRef,
      numberPlace(subjectRef),
      customerNumber,
    );
    await tx.query(
      'INSERT INTO customers (subject_ref, number_index, number, created_at) VALUES ($1, $2, $3, $4)',
      [subjectRef, index, number, tx.now],
    );
    return subjectRef;
  }

  #indexOf(customerNumber: string): Buffer {
    return this.keys.mac('blind-index', `customer-number/v1\n${customerNumber}`);
  }
}

async function find(tx: Pick<Tx, 'query'>, index: Buffer): Promise<SubjectRef | null> {
  const [row] = await tx.query<{ subject_ref: SubjectRef }>(
    'SELECT subject_ref FROM customers WHERE number_index = $1',
    [index],
  );
  return row?.subject_ref ?? null;
}
