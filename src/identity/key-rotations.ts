import { Injectable, type OnModuleInit } from '@nestjs/common';

import { AuditedTransaction, committed } from '../ledger/index.js';
import {
  AppDatabase,
  codeOf,
  IdSource,
  JobQueue,
  type KeyRotation,
  KeyStore,
  serviceActor,
} from '../platform/index.js';
import { keyRotated } from './identity.events.js';

const uniqueViolation = '23505';

/**
 * Records that the key of access tokens or the master key was replaced, whoever replaced it in the
 * key store, and once each. The log records its own key itself; both keep what is recorded in one
 * table.
 */
@Injectable()
export class KeyRotations implements OnModuleInit {
  constructor(
    private readonly jobs: JobQueue,
    private readonly database: AppDatabase,
    private readonly keys: KeyStore,
    private readonly audited: AuditedTransaction,
    private readonly ids: IdSource,
  ) {}

  onModuleInit(): void {
    this.jobs.schedule('identity.record-key-rotations', 'every-minute', () => this.sweep());
  }

  async sweep(): Promise<void> {
    this.keys.refresh();
    const rows = await this.database.query<{ rotation_id: string }[]>(
      'SELECT rotation_id FROM recorded_key_rotations',
    );
    const recorded = new Set(rows.map((row) => row.rotation_id));
    for (const rotation of this.keys.rotations()) {
      if (rotation.name !== 'log' && !recorded.has(rotation.id)) await this.#record(rotation);
    }
  }

  async #record({ id, name, keyId, rotatedAt }: KeyRotation): Promise<void> {
    const detail = { name, keyId, rotatedAt: rotatedAt.toISOString() };
    try {
      await this.audited.run(serviceActor('key-store', this.ids.random()), async (tx) => {
        await tx.query(
          'INSERT INTO recorded_key_rotations (rotation_id, recorded_at) VALUES ($1, $2)',
          [id, tx.now],
        );
        return committed({}, keyRotated({ subjectRef: null, detail }));
      });
    } catch (error) {
      // Another process was first.
      if (codeOf(error) !== uniqueViolation) throw error;
    }
  }
}
