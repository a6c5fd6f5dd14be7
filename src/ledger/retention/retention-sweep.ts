import { Logger, type OnModuleInit } from '@nestjs/common';

import type { Config, JobQueue, Metrics } from '../../platform/index.js';
import type { LedgerPolicy } from '../ledger-policy.port.js';
import type { LedgerRetention } from './ledger-retention.js';

/**
 * Looks every day whether a stretch of the log has expired, and tells it. Lets it go only where the
 * policy says so and there is a folder for its archive.
 */
export class RetentionSweep implements OnModuleInit {
  readonly #logger = new Logger('RetentionSweep');
  #expired = 0;

  constructor(
    private readonly jobs: JobQueue,
    private readonly retention: LedgerRetention,
    private readonly policy: LedgerPolicy,
    private readonly config: Config,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    this.jobs.schedule('ledger-retention', 'daily', () => this.sweep());
    this.metrics.gauge(
      'ledger_prunable_entries',
      'Entries of the next partition that has expired and is kept by nothing.',
      () => this.#expired,
    );
  }

  async sweep(): Promise<void> {
    const isOn = this.policy.isPruningOn && this.config.archiveDirectory !== null;
    const run = isOn ? await this.retention.run() : null;
    const { obstacle, from, to } = run?.next ?? (await this.retention.plan());
    this.#expired = obstacle === null ? to - from : 0;
    if (run?.pruned) this.#logger.log(`Archived and pruned up to entry ${run.pruned.to}`);
    if (obstacle === null) this.#logger.log(`Entries ${from} to ${to} have expired`);
  }
}
