import type { OnModuleInit } from '@nestjs/common';

import {
  type AppDatabase,
  codeOf,
  type IdSource,
  type JobQueue,
  type KeyRotation,
  type KeyStore,
  serviceActor,
} from '../platform/index.js';
import type { AuditedTransaction } from './audited-transaction.js';
import { keyRotated } from './ledger.events.js';
import { committed } from './outcome.js';
import { formatVerifierKey } from './tree/index.js';

const uniqueViolation = '23505';

interface Parts {
  readonly database: AppDatabase;
  readonly keys: KeyStore;
  readonly audited: AuditedTransaction;
  readonly ids: IdSource;
  readonly origin: string;
}

/** Records in the log that its key was replaced, whoever replaced it in the key store, and once each. */
export class LogKeyRotations implements OnModuleInit {
  constructor(
    private readonly jobs: JobQueue,
    private readonly parts: Parts,
  ) {}

  onModuleInit(): void {
    this.jobs.schedule('log-key-rotations', 'every-minute', () => this.sweep());
  }

  async sweep(): Promise<void> {
    const { keys, database } = this.parts;
    keys.refresh();
    const rows = await database.query<{ rotation_id: string }[]>(
      'SELECT rotation_id FROM recorded_key_rotations',
    );
    const recorded = new Set(rows.map((row) => row.rotation_id));
    // The oldest first, as it happened.
    for (const rotation of keys.rotations()) {
      if (rotation.name === 'log' && !recorded.has(rotation.id)) await this.#record(rotation);
    }
  }

  async #record(rotation: KeyRotation): Promise<void> {
    const { audited, ids } = this.parts;
    const detail = this.#describe(rotation);
    try {
      await audited.run(serviceActor('log-keys', ids.random()), async (tx) => {
        await tx.query(
          'INSERT INTO recorded_key_rotations (rotation_id, recorded_at) VALUES ($1, $2)',
          [rotation.id, tx.now],
        );
        return committed({}, keyRotated({ subjectRef: null, detail }));
      });
    } catch (error) {
      // Another process was first.
      if (codeOf(error) !== uniqueViolation) throw error;
    }
  }

  /** The key store keeps keys newest first, and forgets none that signed the log. */
  #describe({ keyId, rotatedAt }: KeyRotation): Parameters<typeof keyRotated>[0]['detail'] {
    const keys = this.parts.keys.signingKeys('log');
    const place = keys.findIndex((key) => key.keyId === keyId);
    const [newer, older] = [keys[place], keys[place + 1]];
    if (!newer || !older) throw new Error('The key store lacks a key of the log that was rotated');
    return {
      oldVkey: formatVerifierKey(this.parts.origin, older.publicKeyBytes),
      newVkey: formatVerifierKey(this.parts.origin, newer.publicKeyBytes),
      rotatedAt: rotatedAt.toISOString(),
      overlapUntil: (older.retiredAt ?? rotatedAt).toISOString(),
    };
  }
}
