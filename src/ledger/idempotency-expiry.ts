import type { OnModuleInit } from '@nestjs/common';

import type { AppDatabase, Clock, JobQueue } from '../platform/index.js';

/** Removes answers whose 24 hours are over. They are honoured no longer in any case. */
export class IdempotencyExpiry implements OnModuleInit {
  constructor(
    private readonly jobs: JobQueue,
    private readonly database: AppDatabase,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.jobs.schedule('idempotency-expiry', 'hourly', () => this.sweep());
  }

  async sweep(): Promise<void> {
    await this.database.query('DELETE FROM idempotency_keys WHERE expires_at <= $1', [
      this.clock.now(),
    ]);
  }
}
