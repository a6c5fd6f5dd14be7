import { Injectable, type OnModuleInit } from '@nestjs/common';

import { Clock } from './clock.js';
import { AppDatabase } from './database.module.js';
import { JobQueue } from './jobs.js';
import { RateLimiter } from './rate-limit.js';

/** Keeps the table of limits as small as what it still says. */
@Injectable()
export class RateLimitSweep implements OnModuleInit {
  constructor(
    private readonly jobs: JobQueue,
    private readonly limiter: RateLimiter,
    private readonly database: AppDatabase,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.jobs.schedule('platform.sweep-rate-limits', 'every-minute', async () => {
      await this.limiter.sweep(this.database, this.clock.now());
    });
  }
}
