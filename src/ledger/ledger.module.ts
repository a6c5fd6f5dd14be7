import { join } from 'node:path';

import { Global, Logger, Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';

import {
  AppDatabase,
  Clock,
  Config,
  HealthChecks,
  IdSource,
  JobQueue,
  KeyStore,
  Metrics,
  PersonKeyring,
  ReaderDatabase,
  SealerPool,
} from '../platform/index.js';
import { Admission } from './admission.js';
import { AuditedTransaction } from './audited-transaction.js';
import { CheckpointSigner } from './checkpoint-signer.js';
import { CheckpointWaitInterceptor } from './checkpoint-wait.interceptor.js';
import { AuditIndex } from './completeness/audit-index.js';
import { IndexCommitments } from './completeness/index-commitments.js';
import { EventRecorder } from './event-record.js';
import { IdempotencyExpiry } from './idempotency-expiry.js';
import { IdempotencyKeys } from './idempotency.js';
import { LedgerPolicy } from './ledger-policy.port.js';
import { readThrough } from './log-reader.js';
import { LoggingRecord } from './logging-record.js';
import { LogOriginCheck } from './origin/log-origin-check.js';
import { PartitionRecord } from './partition-record.js';
import { PostgresAuditedTransaction } from './postgres-audited-transaction.js';
import { ReceiptSigner } from './receipt-signer.js';
import { LedgerRetention } from './retention/ledger-retention.js';
import { retentionProviders } from './retention/retention-providers.js';
import { Sealer } from './sealer.js';
import { Sealing } from './sealing.js';
import { PublishedCheckpoints } from './witness/published-checkpoints.js';
import { LedgerAlerts } from './watch/ledger-alerts.js';
import { LedgerWatch } from './watch/ledger-watch.js';
import { watchProviders } from './watch/watch-providers.js';
import { witnessProviders } from './witness/witness-providers.js';

/** Where the signer remembers the last head it signed: beside the keys, never in the database. */
export function signerMemoryPath({ keysDirectory }: Config): string {
  return join(keysDirectory, 'last-signed-checkpoint');
}

/** Gives every context the one road to a write or a disclosure. */
@Global()
@Module({
  providers: [
    { provide: APP_INTERCEPTOR, useClass: CheckpointWaitInterceptor },
    { provide: Admission, useFactory: () => new Admission() },
    {
      provide: EventRecorder,
      inject: [KeyStore, PersonKeyring, IdSource, Clock, LedgerPolicy],
      useFactory: (...parts: ConstructorParameters<typeof EventRecorder>) =>
        new EventRecorder(...parts),
    },
    {
      provide: ReceiptSigner,
      inject: [KeyStore, Config],
      useFactory: (keys: KeyStore, config: Config) => new ReceiptSigner(keys, config.logOrigin),
    },
    {
      provide: IdempotencyKeys,
      inject: [KeyStore],
      useFactory: (keys: KeyStore) => new IdempotencyKeys(keys),
    },
    {
      provide: IdempotencyExpiry,
      inject: [JobQueue, AppDatabase, Clock],
      useFactory: (...parts: ConstructorParameters<typeof IdempotencyExpiry>) =>
        new IdempotencyExpiry(...parts),
    },
    {
      provide: AuditedTransaction,
      inject: [AppDatabase, EventRecorder, ReceiptSigner, IdempotencyKeys, Admission],
      useFactory: (...parts: ConstructorParameters<typeof PostgresAuditedTransaction>) =>
        new PostgresAuditedTransaction(...parts),
    },
    {
      provide: AuditIndex,
      inject: [ReaderDatabase],
      useFactory: (reader: ReaderDatabase) => new AuditIndex(readThrough(reader)),
    },
    {
      provide: IndexCommitments,
      inject: [JobQueue, AuditedTransaction, AuditIndex, IdSource],
      useFactory: (...parts: ConstructorParameters<typeof IndexCommitments>) =>
        new IndexCommitments(...parts),
    },
    {
      provide: CheckpointSigner,
      inject: [KeyStore, Config, Clock],
      useFactory: (keys: KeyStore, config: Config, clock: Clock) =>
        new CheckpointSigner(keys, config.logOrigin, { path: signerMemoryPath(config), clock }),
    },
    {
      provide: LogOriginCheck,
      inject: [Config, ReaderDatabase],
      useFactory: (config: Config, reader: ReaderDatabase) =>
        new LogOriginCheck(config.logOrigin, signerMemoryPath(config), readThrough(reader)),
    },
    {
      provide: Sealer,
      inject: [SealerPool, CheckpointSigner, Admission],
      useFactory: (pool: SealerPool, signer: CheckpointSigner, admission: Admission) => {
        const logger = new Logger('Sealer');
        const onFault = (error: unknown): void => logger.error(String(error));
        return new Sealer({ pool, signer, admission, onFault });
      },
    },
    {
      provide: Sealing,
      inject: [Sealer, HealthChecks, Metrics],
      useFactory: (...parts: ConstructorParameters<typeof Sealing>) => new Sealing(...parts),
    },
    {
      provide: LoggingRecord,
      inject: [AuditedTransaction, IdSource, Config],
      useFactory: (...parts: ConstructorParameters<typeof LoggingRecord>) =>
        new LoggingRecord(...parts),
    },
    {
      provide: PartitionRecord,
      inject: [JobQueue, AuditedTransaction, IdSource],
      useFactory: (...parts: ConstructorParameters<typeof PartitionRecord>) =>
        new PartitionRecord(...parts),
    },
    ...witnessProviders,
    ...retentionProviders,
    ...watchProviders,
  ],
  exports: [
    LedgerRetention,
    LedgerAlerts,
    LedgerWatch,
    AuditedTransaction,
    AuditIndex,
    CheckpointSigner,
    PublishedCheckpoints,
    Sealer,
  ],
})
export class LedgerModule {}
