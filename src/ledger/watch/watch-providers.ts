import type { Provider } from '@nestjs/common';

import { AppDatabase, Config, IdSource, JobQueue, KeyStore } from '../../platform/index.js';
import { AuditedTransaction } from '../audited-transaction.js';
import { LogKeyRotations } from '../log-key-rotations.js';

type RotationDependencies = readonly [
  jobs: JobQueue,
  database: AppDatabase,
  keys: KeyStore,
  audited: AuditedTransaction,
  ids: IdSource,
  config: Config,
];

/** What the ledger's module provides to notice what happens to the log behind its back. */
export const watchProviders: Provider[] = [
  {
    provide: LogKeyRotations,
    inject: [JobQueue, AppDatabase, KeyStore, AuditedTransaction, IdSource, Config],
    useFactory: makeRotations,
  },
];

function makeRotations(...dependencies: RotationDependencies): LogKeyRotations {
  const [jobs, database, keys, audited, ids, { logOrigin: origin }] = dependencies;
  return new LogKeyRotations(jobs, { database, keys, audited, ids, origin });
}
