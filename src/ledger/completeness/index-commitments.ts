import type { OnModuleInit } from '@nestjs/common';

import { type IdSource, type JobQueue, serviceActor } from '../../platform/index.js';
import type { AuditedTransaction } from '../audited-transaction.js';
import { indexCommitted } from '../ledger.events.js';
import { committed } from '../outcome.js';
import type { AuditIndex } from './audit-index.js';

/** So many at one go; the next hour goes on. */
const commitmentsMax = 50;

/** Commits to the index every hour in which something happened to a subject or case. */
export class IndexCommitments implements OnModuleInit {
  constructor(
    private readonly jobs: JobQueue,
    private readonly audited: AuditedTransaction,
    private readonly index: AuditIndex,
    private readonly ids: IdSource,
  ) {}

  onModuleInit(): void {
    this.jobs.schedule('ledger-index', 'hourly', () => this.sweep());
  }

  async sweep(): Promise<void> {
    const actor = serviceActor('ledger-index', this.ids.random());
    for (let made = 0; made < commitmentsMax && (await this.index.hasNews()); made += 1)
      await this.audited.run(actor, async (tx) => {
        const detail = await this.index.advance(tx);
        return committed({}, indexCommitted({ detail }));
      });
  }
}
