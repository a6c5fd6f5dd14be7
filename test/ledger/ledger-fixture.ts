import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { DataSource } from 'typeorm';
import { z } from 'zod';

import { Admission } from '../../src/ledger/admission.js';
import { EventRecorder } from '../../src/ledger/event-record.js';
import { IdempotencyKeys } from '../../src/ledger/idempotency.js';
import { defineEvent, LedgerPolicy, type PolicyReference } from '../../src/ledger/index.js';
import { PostgresAuditedTransaction } from '../../src/ledger/postgres-audited-transaction.js';
import { ReceiptSigner } from '../../src/ledger/receipt-signer.js';
import { FileKeyStore } from '../../src/platform/file-key-store.js';
import {
  type Actor,
  defineProblems,
  PersonKeyring,
  serviceActor,
  SimulatedClock,
  SystemIdSource,
} from '../../src/platform/index.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';

export const origin = 'test.example/ledger';

export const noteTaken = defineEvent('test.note_taken', {
  description: 'Something a spec reports.',
  detail: z.strictObject({ text: z.string(), amount: z.string().optional() }),
});

export const testProblems = defineProblems({
  'test.refused': { status: 403, title: 'Refused by the spec', when: 'A spec says so.' },
});

/** Fixed policy: the ledger asks for no more than this. */
export class FakeLedgerPolicy extends LedgerPolicy {
  override readonly isPruningOn = false;

  override reference(): PolicyReference {
    return { version: 'test@1', digest: '00'.repeat(32), rule: null };
  }

  override expiresAt(_retentionClass: string, recordedAt: Date): Date {
    return new Date(recordedAt.getTime() + 7 * 365 * 86_400_000);
  }
}

export interface LedgerFixture {
  readonly database: TestDatabase;
  readonly app: DataSource;
  readonly keys: FileKeyStore;
  readonly keysDirectory: string;
  readonly clock: SimulatedClock;
  readonly admission: Admission;
  readonly audited: PostgresAuditedTransaction;
  /** A staff actor without a subject, so that no person's key is needed. */
  readonly actor: Actor;
  close(): Promise<void>;
}

export interface LedgerFixtureOptions {
  readonly pipeline?: boolean;
  readonly poolSize?: number;
  /** Of another ledger, which closes it: two that have the same keys. */
  readonly keysDirectory?: string;
}

/** A migrated database of its own, a key store in a folder of its own, and the runner on both. */
export async function openLedger(options: LedgerFixtureOptions = {}): Promise<LedgerFixture> {
  const database = await openTestDatabase();
  const keysDirectory = options.keysDirectory ?? (await mkdtemp(join(tmpdir(), 'probity-keys-')));
  const connected = await connectLedger(database.urls.app.reveal(), keysDirectory, options);
  return {
    ...connected,
    database,
    keysDirectory,
    close: async () => {
      await connected.app.destroy();
      await database.close();
      if (!options.keysDirectory) await rm(keysDirectory, { recursive: true, force: true });
    },
  };
}

export type ConnectedLedger = Omit<LedgerFixture, 'database' | 'keysDirectory' | 'close'>;

/** The runner on a database that stands already; for processes beside the spec's own. */
export async function connectLedger(
  appUrl: string,
  keysDirectory: string,
  options: LedgerFixtureOptions = {},
): Promise<ConnectedLedger> {
  const keys = await FileKeyStore.open({
    directory: keysDirectory,
    masterKey: null,
    production: false,
  });
  const app = new DataSource({
    type: 'postgres',
    url: appUrl,
    extra: { max: options.poolSize ?? 8, pipeline: options.pipeline ?? true },
    poolErrorHandler: () => undefined,
  });
  await app.initialize();
  const clock = new SimulatedClock();
  const ids = new SystemIdSource();
  const keyring = new PersonKeyring(keys, ids);
  const recorder = new EventRecorder(keys, keyring, ids, clock, new FakeLedgerPolicy());
  const admission = new Admission();
  const audited = new PostgresAuditedTransaction(
    app,
    recorder,
    new ReceiptSigner(keys, origin),
    new IdempotencyKeys(keys),
    admission,
  );
  return { app, keys, clock, admission, audited, actor: staffActor(ids.random()) };
}

function staffActor(requestId: string): Actor {
  return { ...serviceActor('spec', requestId), kind: 'staff', roles: ['compliance'], level: 'L1' };
}
