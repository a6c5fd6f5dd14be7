import { Global, Module } from '@nestjs/common';

import {
  AppDatabase,
  Clock,
  Config,
  IdSource,
  KeyStore,
  PersonKeyring,
} from '../platform/index.js';
import { Admission } from './admission.js';
import { AuditedTransaction } from './audited-transaction.js';
import { EventRecorder } from './event-record.js';
import { IdempotencyKeys } from './idempotency.js';
import { LedgerPolicy } from './ledger-policy.port.js';
import { PostgresAuditedTransaction } from './postgres-audited-transaction.js';
import { ReceiptSigner } from './receipt-signer.js';

/** Gives every context the one road to a write or a disclosure. */
@Global()
@Module({
  providers: [
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
      provide: AuditedTransaction,
      inject: [AppDatabase, EventRecorder, ReceiptSigner, IdempotencyKeys, Admission],
      useFactory: (...parts: ConstructorParameters<typeof PostgresAuditedTransaction>) =>
        new PostgresAuditedTransaction(...parts),
    },
  ],
  exports: [AuditedTransaction],
})
export class LedgerModule {}
