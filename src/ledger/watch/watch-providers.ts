import { join } from 'node:path';

import type { Provider } from '@nestjs/common';

import {
  AppDatabase,
  Config,
  HealthChecks,
  IdSource,
  JobQueue,
  KeyStore,
  Metrics,
  ReaderDatabase,
  serviceActor,
  SystemClock,
} from '../../platform/index.js';
import { AuditedTransaction } from '../audited-transaction.js';
import { CheckpointSigner } from '../checkpoint-signer.js';
import { LogKeyRotations } from '../log-key-rotations.js';
import { committed } from '../outcome.js';
import { loadWitnessSettings } from '../witness/witness-settings.js';
import { FaultBook } from './fault-book.js';
import { LedgerAlerts } from './ledger-alerts.js';
import { LedgerWatch, type WatchParts } from './ledger-watch.js';
import { LogRounds } from './log-rounds.js';
import { Watching } from './watching.js';

/** What the ledger's module provides to notice what happens to the log behind its back. */
export const watchProviders: Provider[] = [
  {
    provide: LogKeyRotations,
    inject: [JobQueue, AppDatabase, KeyStore, AuditedTransaction, IdSource, Config],
    useFactory: makeRotations,
  },
  { provide: LedgerAlerts, useFactory: () => new LedgerAlerts() },
  {
    provide: LedgerWatch,
    inject: [
      Config,
      KeyStore,
      CheckpointSigner,
      ReaderDatabase,
      AuditedTransaction,
      IdSource,
      LedgerAlerts,
    ],
    useFactory: makeWatch,
  },
  {
    provide: Watching,
    inject: [LedgerWatch, HealthChecks, Metrics],
    useFactory: (...parts: ConstructorParameters<typeof Watching>) => new Watching(...parts),
  },
];

type RotationDependencies = readonly [
  jobs: JobQueue,
  database: AppDatabase,
  keys: KeyStore,
  audited: AuditedTransaction,
  ids: IdSource,
  config: Config,
];

function makeRotations(...dependencies: RotationDependencies): LogKeyRotations {
  const [jobs, database, keys, audited, ids, { logOrigin: origin }] = dependencies;
  return new LogKeyRotations(jobs, { database, keys, audited, ids, origin });
}

type WatchDependencies = readonly [
  config: Config,
  keys: KeyStore,
  signer: CheckpointSigner,
  reader: ReaderDatabase,
  audited: AuditedTransaction,
  ids: IdSource,
  alerts: LedgerAlerts,
];

function makeWatch(...dependencies: WatchDependencies): LedgerWatch {
  const [config, keys, signer, reader, audited, ids, alerts] = dependencies;
  const report: WatchParts['report'] = async (event, isAlert) => {
    const actor = serviceActor('ledger-watch', ids.random());
    await audited.run(actor, () => Promise.resolve(committed({}, event)));
    if (isAlert) await alerts.raise(event);
  };
  // The machine's own clocks, whatever day is simulated: those are what can be set.
  const clock = new SystemClock();
  return new LedgerWatch({
    reader,
    report,
    rounds: makeRounds(config, keys, signer),
    faults: new FaultBook(join(config.keysDirectory, 'watch-faults')),
    schemaPath: join(config.keysDirectory, 'watch-schema-changes'),
    isEmbedded: config.externalDatabase === null,
    now: () => ({ service: clock.now().getTime(), monotonic: performance.now() }),
  });
}

function makeRounds(config: Config, keys: KeyStore, signer: CheckpointSigner): LogRounds {
  const { verifiers: witnesses } = loadWitnessSettings(config);
  return new LogRounds({
    origin: config.logOrigin,
    directory: config.keysDirectory,
    // Keys come and go; the signer is asked each time.
    get trust() {
      return { logs: signer.verifiers(), witnesses };
    },
    trustAt: (signedAt) => ({ logs: signer.verifiersAt(signedAt) }),
    macOf: (event) => keys.mac('audit-event', event),
    lastSigned: () => signer.lastSigned(),
  });
}
