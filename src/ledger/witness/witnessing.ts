import type {
  BeforeApplicationShutdown,
  OnApplicationBootstrap,
  OnModuleInit,
} from '@nestjs/common';
import type { Counter } from 'prom-client';

import type { Config, HealthChecks, Metrics } from '../../platform/index.js';
import type { Cosigning } from './cosigning.js';
import type { WitnessSettings } from './witness-settings.js';

/** Longer without a quorum, and the service is not ready: what it records is not published. */
const waitingMillisecondsMax = 30_000;

/** Tells how the witnesses answer. */
export class WitnessAnswers {
  readonly #answers: Counter;

  constructor(metrics: Metrics) {
    this.#answers = metrics.counter(
      'ledger_witness_answers_total',
      'Answers of witnesses to checkpoints of the audit log, by witness and kind.',
      ['witness', 'answer'],
    );
  }

  count(witness: string, answer: string): void {
    this.#answers.inc({ witness, answer });
  }
}

/** Asks witnesses for as long as the service runs, where the policy names any. */
export class Witnessing implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly cosigning: Cosigning,
    private readonly settings: WitnessSettings,
    private readonly config: Config,
    private readonly checks: HealthChecks,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    if (!this.#hasWitnesses) return;
    this.checks.register('witness-quorum', () => Promise.resolve(this.#isPublishing()));
    this.checks.advise('witness-history', () => Promise.resolve(this.cosigning.conflicts === 0));
    this.metrics.gauge(
      'ledger_witness_conflicts',
      'Witnesses that have cosigned another history of the audit log.',
      () => this.cosigning.conflicts,
    );
    this.metrics.gauge(
      'ledger_published_checkpoint_size',
      'Entries under the newest published checkpoint, as this process has seen it published.',
      () => this.cosigning.publishedSize,
    );
    this.metrics.gauge(
      'ledger_unpublished_seconds',
      'For how long the newest checkpoint has waited for the quorum of its witnesses.',
      () => this.cosigning.waitingMilliseconds / 1000,
    );
  }

  onApplicationBootstrap(): void {
    if (this.#hasWitnesses) this.cosigning.start();
  }

  /** Called when requests have been drained and before connections end. */
  async beforeApplicationShutdown(): Promise<void> {
    if (this.#hasWitnesses) await this.cosigning.stop();
  }

  get #hasWitnesses(): boolean {
    return this.settings.witnesses.length > 0;
  }

  #isPublishing(): boolean {
    const isOpen = this.config.witnessFailure === 'open' || this.settings.quorum.kind === 'none';
    return isOpen || this.cosigning.waitingMilliseconds < waitingMillisecondsMax;
  }
}
