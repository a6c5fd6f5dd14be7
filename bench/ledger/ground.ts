import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Client } from 'pg';
import { z } from 'zod';

import type { Admission } from '../../src/ledger/admission.js';
import { EventRecorder } from '../../src/ledger/event-record.js';
import { IdempotencyKeys } from '../../src/ledger/idempotency.js';
import { defineEvent, LedgerPolicy, type PolicyReference, sha256 } from '../../src/ledger/index.js';
import { PostgresAuditedTransaction } from '../../src/ledger/postgres-audited-transaction.js';
import { ReceiptSigner } from '../../src/ledger/receipt-signer.js';
import {
  type Actor,
  FileKeyStore,
  loadConfig,
  openDatabase,
  type OpenDatabase,
  PersonKeyring,
  serviceActor,
  SystemClock,
  SystemIdSource,
} from '../../src/platform/index.js';
import type { DataSource } from 'typeorm';

export const origin = 'bench.example/ledger';
export const accounts = 10_000;

const posted = defineEvent('bench.posted', {
  description: 'One posting of the benchmark.',
  detail: z.strictObject({ account: z.string(), amount: z.string(), currency: z.string() }),
});

export const draft = () =>
  posted({ detail: { account: '**56', amount: '500.00', currency: 'USD' } });

const policy = { version: 'bench@1', digest: sha256('').toString('hex'), rule: null };

class BenchPolicy extends LedgerPolicy {
  override readonly isPruningOn = false;

  override reference(): PolicyReference {
    return policy;
  }

  override expiresAt(_class: string, recordedAt: Date): Date {
    return new Date(recordedAt.getTime() + 220_752_000_000);
  }
}

/** A server of its own with durable settings, and all that one run needs on it. */
export interface Ground {
  readonly database: OpenDatabase;
  readonly superuserUrl: string;
  readonly keys: FileKeyStore;
  readonly folder: string;
  readonly actor: Actor;
  close(): Promise<void>;
}

export async function openGround(): Promise<Ground> {
  const folder = await mkdtemp(join(tmpdir(), 'probity-bench-'));
  const database = await openDatabase(loadConfig({ PROBITY_DATA_DIR: folder }), { mode: 'own' });
  const { embedded } = database;
  if (!embedded) throw new Error('The benchmark runs on the embedded server');
  const superuser = embedded.urlOf('postgres', embedded.credentials.superuser, 'probity');
  const keys = await FileKeyStore.open({
    directory: join(folder, 'keys'),
    masterKey: null,
    production: false,
  });
  const actor: Actor = {
    ...serviceActor('bench', new SystemIdSource().random()),
    kind: 'staff',
    roles: ['agent'],
  };
  return {
    database,
    superuserUrl: superuser.reveal(),
    keys,
    folder,
    actor,
    close: async () => {
      await database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function asSuperuser(
  { superuserUrl }: Ground,
  statements: readonly string[],
): Promise<void> {
  const client = new Client({ connectionString: superuserUrl });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

export function newRecorder({ keys }: Pick<Ground, 'keys'>): EventRecorder {
  const ids = new SystemIdSource();
  const keyring = new PersonKeyring(keys, ids);
  return new EventRecorder(keys, keyring, ids, new SystemClock(), new BenchPolicy());
}

export function newRunner(
  ground: Pick<Ground, 'keys'>,
  app: DataSource,
  admission: Admission,
): PostgresAuditedTransaction {
  return new PostgresAuditedTransaction(
    app,
    newRecorder(ground),
    new ReceiptSigner(ground.keys, origin),
    new IdempotencyKeys(ground.keys),
    admission,
  );
}
