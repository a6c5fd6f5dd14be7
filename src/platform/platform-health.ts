import { Injectable, type OnModuleInit } from '@nestjs/common';

import { AppDatabase, ReaderDatabase } from './database.module.js';
import { HealthChecks } from './http/health.js';
import { JobQueue } from './jobs.js';
import { KeyStore } from './key-store.port.js';

/** Registers what the platform itself rests on; the ledger adds its seal lag. */
@Injectable()
export class PlatformHealth implements OnModuleInit {
  constructor(
    private readonly checks: HealthChecks,
    private readonly app: AppDatabase,
    private readonly reader: ReaderDatabase,
    private readonly jobs: JobQueue,
    private readonly keys: KeyStore,
  ) {}

  onModuleInit(): void {
    this.checks.register('database', () => this.#canWrite());
    this.checks.register('job-queue', () => this.jobs.isHealthy());
    this.checks.register('key-store', () => this.keys.isHealthy());
  }

  /** A database that only reads shows nothing either: no disclosure could be recorded. */
  async #canWrite(): Promise<boolean> {
    const [[row]] = await Promise.all([
      this.app.query<{ transaction_read_only: string }[]>('SHOW transaction_read_only'),
      this.reader.query('SELECT 1'),
    ]);
    return row?.transaction_read_only === 'off';
  }
}
