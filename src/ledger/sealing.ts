import type {
  OnApplicationBootstrap,
  BeforeApplicationShutdown,
  OnModuleInit,
} from '@nestjs/common';

import type { HealthChecks, Metrics } from '../platform/index.js';
import type { Sealer } from './sealer.js';

const uncoveredMillisecondsMax = 5_000;

/** Runs the sealer for as long as the service runs, and tells how it does. */
export class Sealing implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly sealer: Sealer,
    private readonly checks: HealthChecks,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    this.checks.register('seal-lag', () => Promise.resolve(this.#keepsUp()));
    const stats = () => this.sealer.stats();
    this.metrics.gauge(
      'ledger_tree_size',
      'Entries of the audit log, as its active sealer sees it.',
      () => stats().treeSize,
    );
    this.metrics.gauge(
      'ledger_checkpoint_size',
      'Entries under the newest signed checkpoint.',
      () => stats().checkpointSize,
    );
    this.metrics.gauge(
      'ledger_backlog_events',
      'Committed events that wait for the sealer, counted up to its limit.',
      () => stats().backlog,
    );
    this.metrics.gauge(
      'ledger_seal_lag_p50_seconds',
      'Median time from commit to the covering signed checkpoint.',
      () => stats().lagP50 / 1000,
    );
    this.metrics.gauge(
      'ledger_seal_lag_p99_seconds',
      '99th percentile of the time from commit to the covering signed checkpoint.',
      () => stats().lagP99 / 1000,
    );
    this.metrics.gauge('ledger_sealer_active', '1 in the process whose sealer is active.', () =>
      stats().state === 'active' ? 1 : 0,
    );
  }

  onApplicationBootstrap(): void {
    this.sealer.start();
  }

  /** Called when requests have been drained and before connections end. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.sealer.stop();
  }

  #keepsUp(): boolean {
    const { state, backlog, uncoveredMilliseconds } = this.sealer.stats();
    return (
      state !== 'fault' &&
      backlog <= this.sealer.backlogMax &&
      uncoveredMilliseconds < uncoveredMillisecondsMax
    );
  }
}
