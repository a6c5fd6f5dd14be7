import { hkdfSync, randomBytes } from 'node:crypto';

import type { EntityManager } from 'typeorm';

import type { IdSource, SubjectRef } from './ids.js';
import { KeyDestroyed, type KeyStore } from './key-store.port.js';

/** The keys of one person and generation. Erasing the person destroys them. */
export interface PersonKey {
  readonly keyId: string;
  readonly generation: number;
  /** AES-256-GCM key of the person's fields. */
  readonly encryptionKey: Buffer;
  /** HMAC key of commitments in the ledger: without it a commitment tells nothing. */
  readonly commitmentKey: Buffer;
}

interface PersonKeyRow {
  key_id: string;
  generation: number;
  wrapped_key: Buffer;
}

const cachedPersonsMax = 10_000;

/** Gives each person a key of their own, wrapped under the key store's key; the wrapping lies in `person_keys`. */
export class PersonKeyring {
  readonly #cache = new Map<SubjectRef, PersonKey>();

  constructor(
    private readonly keys: KeyStore,
    private readonly ids: IdSource,
  ) {}

  /** Makes the first key of a new person, in the caller's transaction. */
  async create(manager: EntityManager, subjectRef: SubjectRef): Promise<PersonKey> {
    const keyId = this.ids.random();
    const master = randomBytes(32);
    const wrapped = this.keys.wrap(keyId, master, wrappingContext(subjectRef, 1));
    await manager.query(
      `INSERT INTO person_keys (key_id, subject_ref, generation, wrapped_key) VALUES ($1, $2, 1, $3)`,
      [keyId, subjectRef, wrapped],
    );
    // Not cached here: the caller's transaction may still roll back.
    return derive(keyId, 1, master);
  }

  /**
   * The person's current key.
   *
   * @throws KeyDestroyed after erasure.
   */
  async keyOf(manager: EntityManager, subjectRef: SubjectRef): Promise<PersonKey> {
    const cached = this.#cache.get(subjectRef);
    if (cached) return this.#stillStanding(subjectRef, cached);
    const rows: PersonKeyRow[] = await manager.query(
      `SELECT key_id, generation, wrapped_key FROM person_keys
       WHERE subject_ref = $1 ORDER BY generation DESC LIMIT 1`,
      [subjectRef],
    );
    const row = rows[0];
    // Erasure removes the wrapping too; a person without one was erased, or never was.
    if (!row) throw new KeyDestroyed('This person has no key');
    const master = this.keys.unwrap(
      row.key_id,
      row.wrapped_key,
      wrappingContext(subjectRef, row.generation),
    );
    const key = derive(row.key_id, row.generation, master);
    if (this.#cache.size >= cachedPersonsMax) this.#cache.clear();
    this.#cache.set(subjectRef, key);
    return key;
  }

  /**
   * Destroys every key of a person: a tombstone for each, so that no restored wrapping opens again,
   * then the wrappings themselves, in the caller's transaction. Answers the ids of the keys.
   */
  async destroy(manager: EntityManager, subjectRef: SubjectRef): Promise<readonly string[]> {
    const rows: Pick<PersonKeyRow, 'key_id'>[] = await manager.query(
      `SELECT key_id FROM person_keys WHERE subject_ref = $1 ORDER BY generation`,
      [subjectRef],
    );
    for (const row of rows) await this.keys.destroy(row.key_id);
    await manager.query(`DELETE FROM person_keys WHERE subject_ref = $1`, [subjectRef]);
    this.flush(subjectRef);
    return rows.map((row) => row.key_id);
  }

  /** A key that another process destroyed is forgotten here too, within the key store's delay. */
  #stillStanding(subjectRef: SubjectRef, key: PersonKey): PersonKey {
    if (!this.keys.isDestroyed(key.keyId)) return key;
    this.flush(subjectRef);
    throw new KeyDestroyed('This key was destroyed');
  }

  /** Forgets a person's key, or all keys, in this process. */
  flush(subjectRef?: SubjectRef): void {
    if (subjectRef) this.#cache.delete(subjectRef);
    else this.#cache.clear();
  }
}

function wrappingContext(subjectRef: SubjectRef, generation: number): string {
  return `person-key/v1\n${subjectRef}\n${String(generation)}`;
}

/** HKDF-SHA-256 (RFC 5869): one stored key, two independent uses. */
function derive(keyId: string, generation: number, master: Buffer): PersonKey {
  const part = (use: string): Buffer => Buffer.from(hkdfSync('sha256', master, '', use, 32));
  return {
    keyId,
    generation,
    encryptionKey: part('probity/person/encryption'),
    commitmentKey: part('probity/person/commitment'),
  };
}
