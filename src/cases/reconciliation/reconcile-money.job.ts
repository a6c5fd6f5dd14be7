import { Injectable, type OnModuleInit } from '@nestjs/common';

import { Clock, JobQueue, ServiceLog } from '../../platform/index.js';
import { BankUnavailable } from '../../banking/index.js';
import { Reconciliation } from './reconciliation.js';

/** Compares the money of the last weeks every hour; a silent bank is asked again an hour later. */
@Injectable()
export class ReconcileMoney implements OnModuleInit {
  constructor(
    private readonly jobs: JobQueue,
    private readonly reconciliation: Reconciliation,
    private readonly clock: Clock,
    private readonly log: ServiceLog,
  ) {}

  onModuleInit(): void {
    this.jobs.schedule('reconcile-money', 'hourly', () => this.run());
  }

  async run(): Promise<void> {
    try {
      await this.reconciliation.run(this.clock.now());
    } catch (error) {
      if (!(error instanceof BankUnavailable)) throw error;
      this.log.fault(error);
    }
  }
}
