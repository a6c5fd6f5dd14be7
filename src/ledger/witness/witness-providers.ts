import { Logger, type Provider } from '@nestjs/common';

import {
  Config,
  HealthChecks,
  IdSource,
  Metrics,
  ReaderDatabase,
  SealerPool,
  serviceActor,
} from '../../platform/index.js';
import type { AuditEventDraft } from '../audit-event.js';
import { AuditedTransaction } from '../audited-transaction.js';
import { CheckpointSigner } from '../checkpoint-signer.js';
import { isAlert } from '../ledger.events.js';
import { readThrough } from '../log-reader.js';
import { committed } from '../outcome.js';
import { Sealer } from '../sealer.js';
import { LedgerAlerts } from '../watch/ledger-alerts.js';
import { CosignatureStore } from './cosignature-store.js';
import { Cosigning } from './cosigning.js';
import { PublishedCheckpoints } from './published-checkpoints.js';
import { WitnessClient } from './witness-client.js';
import { loadWitnessSettings, type WitnessSettings } from './witness-settings.js';
import { WitnessAnswers, Witnessing } from './witnessing.js';

const settingsToken = Symbol('WitnessSettings');

/** The events of this work are the service's own: nobody asked for them. */
class WitnessReports {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly ids: IdSource,
    private readonly alerts: LedgerAlerts,
  ) {}

  async record(event: AuditEventDraft): Promise<void> {
    const actor = serviceActor('witnesses', this.ids.random());
    await this.audited.run(actor, () => Promise.resolve(committed({}, event)));
    if (isAlert(event.type)) await this.alerts.raise(event);
  }
}

/** What the ledger's module provides to have its checkpoints cosigned and shown. */
export const witnessProviders: Provider[] = [
  { provide: settingsToken, inject: [Config], useFactory: loadWitnessSettings },
  {
    provide: PublishedCheckpoints,
    inject: [ReaderDatabase, settingsToken],
    useFactory: (reader: ReaderDatabase, { quorum, verifiers }: WitnessSettings) =>
      new PublishedCheckpoints(readThrough(reader), quorum.kind !== 'none', verifiers),
  },
  {
    provide: WitnessReports,
    inject: [AuditedTransaction, IdSource, LedgerAlerts],
    useFactory: (...parts: ConstructorParameters<typeof WitnessReports>) =>
      new WitnessReports(...parts),
  },
  {
    provide: WitnessAnswers,
    inject: [Metrics],
    useFactory: (metrics: Metrics) => new WitnessAnswers(metrics),
  },
  {
    provide: Cosigning,
    inject: [
      Config,
      settingsToken,
      SealerPool,
      CheckpointSigner,
      Sealer,
      WitnessReports,
      WitnessAnswers,
    ],
    useFactory: makeCosigning,
  },
  {
    provide: Witnessing,
    inject: [Cosigning, settingsToken, Config, HealthChecks, Metrics],
    useFactory: (...parts: ConstructorParameters<typeof Witnessing>) => new Witnessing(...parts),
  },
];

type CosigningDependencies = readonly [
  config: Config,
  settings: WitnessSettings,
  pool: SealerPool,
  signer: CheckpointSigner,
  sealer: Sealer,
  reports: WitnessReports,
  answers: WitnessAnswers,
];

function makeCosigning(...dependencies: CosigningDependencies): Cosigning {
  const [config, settings, pool, signer, sealer, reports, answers] = dependencies;
  const logger = new Logger('Cosigning');
  return new Cosigning({
    store: new CosignatureStore(pool),
    clients: settings.witnesses.map((address) => new WitnessClient(address)),
    quorum: settings.quorum,
    failure: config.witnessFailure,
    intervalMilliseconds: config.witnessIntervalMilliseconds,
    verifiers: () => signer.verifiers(),
    isActive: () => sealer.stats().state === 'active',
    report: (event) => reports.record(event),
    onOutcome: (witness, kind) => answers.count(witness, kind),
    onFault: (error) => logger.error(String(error)),
  });
}
