import type {
  BeforeApplicationShutdown,
  OnApplicationBootstrap,
  OnModuleInit,
} from '@nestjs/common';

import type { HealthChecks, Metrics } from '../../platform/index.js';
import type { LedgerWatch } from './ledger-watch.js';

const silentMillisecondsMax = 60_000;

/** Runs the watch for as long as the service runs, and tells what it found. */
export class Watching implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly watch: LedgerWatch,
    private readonly checks: HealthChecks,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    this.checks.advise('ledger-integrity', () =>
      Promise.resolve(this.watch.faults === 0 && this.watch.sinceLook < silentMillisecondsMax),
    );
    this.metrics.gauge(
      'ledger_faults_open',
      'Places of the record or its guard that are not as they were made.',
      () => this.watch.faults,
    );
    this.metrics.gauge(
      'ledger_watch_age_seconds',
      'Time since the watch could last look.',
      () => this.watch.sinceLook / 1000,
    );
    this.metrics.gauge(
      'ledger_clock_drift_seconds',
      'How far the clock of the database is ahead of that of the service.',
      () => this.watch.clocks.drift / 1000,
    );
  }

  onApplicationBootstrap(): void {
    this.watch.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.watch.stop();
  }
}
