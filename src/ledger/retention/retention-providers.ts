import type { Provider } from '@nestjs/common';

import {
  AppDatabase,
  Clock,
  Config,
  IdSource,
  JobQueue,
  KeyStore,
  Metrics,
  ReaderDatabase,
} from '../../platform/index.js';
import { AuditedTransaction } from '../audited-transaction.js';
import { CheckpointSigner } from '../checkpoint-signer.js';
import { LedgerPolicy } from '../ledger-policy.port.js';
import { readThrough } from '../log-reader.js';
import { PublishedCheckpoints } from '../witness/published-checkpoints.js';
import { LedgerRetention } from './ledger-retention.js';
import { LegalHolds, NoLegalHolds } from './legal-holds.port.js';
import { RetentionSweep } from './retention-sweep.js';

/** What the ledger's module provides to let expired entries go. */
export const retentionProviders: Provider[] = [
  { provide: LegalHolds, useFactory: () => new NoLegalHolds() },
  {
    provide: LedgerRetention,
    inject: [
      Config,
      KeyStore,
      CheckpointSigner,
      AppDatabase,
      ReaderDatabase,
      AuditedTransaction,
      PublishedCheckpoints,
      LegalHolds,
      Clock,
      IdSource,
    ],
    useFactory: makeRetention,
  },
  {
    provide: RetentionSweep,
    inject: [JobQueue, LedgerRetention, LedgerPolicy, Config, Metrics],
    useFactory: (...parts: ConstructorParameters<typeof RetentionSweep>) =>
      new RetentionSweep(...parts),
  },
];

type RetentionDependencies = readonly [
  config: Config,
  keys: KeyStore,
  signer: CheckpointSigner,
  app: AppDatabase,
  reader: ReaderDatabase,
  audited: AuditedTransaction,
  checkpoints: PublishedCheckpoints,
  holds: LegalHolds,
  clock: Clock,
  ids: IdSource,
];

function makeRetention(...dependencies: RetentionDependencies): LedgerRetention {
  const [config, keys, signer, app, reader, audited, checkpoints, holds, clock, ids] = dependencies;
  return new LedgerRetention({
    ...{ app, audited, checkpoints, holds, clock, ids },
    reader: readThrough(reader),
    directory: config.archiveDirectory,
    // Keys come and go; the signer is asked each time.
    trust: () => ({ origin: config.logOrigin, keys, verifiers: signer.verifiers() }),
  });
}
