import { Injectable, type OnModuleInit } from '@nestjs/common';

import { AppDatabase, Clock, JobQueue } from '../../../platform/index.js';
import { Policies } from '../../../policy/index.js';
import { AccountDisabling } from './account-disabling.js';

const dayMilliseconds = 86_400_000;
const batchMax = 500;

/**
 * Disables accounts that nobody used for ninety days (PCI DSS v4.0.1 8.2.6). A sign-in asks the same
 * question itself: the job only makes the state visible, and records it.
 */
@Injectable()
export class UnusedAccounts implements OnModuleInit {
  constructor(
    private readonly jobs: JobQueue,
    private readonly database: AppDatabase,
    private readonly policies: Policies,
    private readonly clock: Clock,
    private readonly disabling: AccountDisabling,
  ) {}

  onModuleInit(): void {
    this.jobs.schedule('identity.disable-unused-staff', 'daily', () => this.sweep());
  }

  async sweep(): Promise<void> {
    const { unusedDaysMax } = this.policies.verification.staffSession;
    const before = new Date(this.clock.now().getTime() - unusedDaysMax * dayMilliseconds);
    const rows = await this.database.query<{ id: string }[]>(
      `SELECT id FROM staff WHERE disabled_at IS NULL AND NOT demo AND last_used_at <= $1
       ORDER BY last_used_at LIMIT $2`,
      [before, batchMax],
    );
    for (const { id } of rows) await this.disabling.disable(id, before);
  }
}
