import { Injectable, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';

import { Clock, JobQueue, ServiceLog } from '../../platform/index.js';
import { RefundBank } from './refund-bank.js';
import { Refunds } from './refunds.js';

/** Longer than a request waits for the bank: what is older has nobody waiting for it. */
const unattendedMilliseconds = 10_000;

/** Finishes refunds whose process died, or whose bank was silent, between intent and confirmation. */
@Injectable()
export class ExecuteRefunds implements OnModuleInit, OnApplicationBootstrap {
  constructor(
    private readonly jobs: JobQueue,
    private readonly refunds: Refunds,
    private readonly bank: RefundBank,
    private readonly clock: Clock,
    private readonly log: ServiceLog,
  ) {}

  onModuleInit(): void {
    this.jobs.schedule('execute-refunds', 'every-minute', () => this.sweep());
  }

  /** What a crash left behind need not wait for the first minute. */
  onApplicationBootstrap(): void {
    this.sweep().catch((error: unknown) => {
      this.log.fault(error);
    });
  }

  async sweep(): Promise<void> {
    const before = new Date(this.clock.now().getTime() - unattendedMilliseconds);
    for (const refund of await this.refunds.listExecuting(before)) await this.bank.execute(refund);
  }
}
