import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
} from '@nestjs/common';
import { PgBoss } from 'pg-boss';

import { Config } from './config.js';
import { DatabaseAddresses } from './database-addresses.js';
import { jobSchema } from './migrate.js';

/** How often a sweep runs; cron expressions in UTC, a minute being the queue's finest step. */
const cadences = {
  'every-minute': '* * * * *',
  hourly: '7 * * * *',
  daily: '17 2 * * *',
} as const;

export type Cadence = keyof typeof cadences;

/**
 * Does everything that is due by the injected clock, and does it once however often it is called:
 * a run can come late, come twice, or be repeated after a crash.
 */
export type Sweep = () => Promise<void>;

const connectionsMax = 4;
const sweepSecondsMax = 300;
const keepFinishedSeconds = 86_400;
const pollSeconds = 2;
const stopMillisecondsMax = 5_000;

/**
 * Runs recurring work on exactly one process at a time. Contexts register in `onModuleInit`; the
 * queue starts when every module stands and stops before the connections end.
 */
@Injectable()
export class JobQueue implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger('JobQueue');
  readonly #sweeps = new Map<string, { cadence: Cadence; sweep: Sweep }>();
  readonly #queue: PgBoss;
  #running = false;

  constructor(addresses: DatabaseAddresses, config: Config) {
    this.#queue = new PgBoss({
      connectionString: addresses.app.reveal(),
      application_name: 'probity jobs',
      schema: jobSchema,
      max: connectionsMax,
      connectionTimeoutMillis: config.databaseLimits.connectTimeoutMilliseconds,
      // The owner makes and upgrades the queue's tables; this role may not.
      migrate: false,
      createSchema: false,
    });
    this.#queue.on('error', (error) => {
      this.#logger.warn(`The job queue reports: ${error.message}`);
    });
  }

  /** Registers a sweep under a permanent name. */
  schedule(name: string, cadence: Cadence, sweep: Sweep): void {
    if (this.#running) throw new Error(`${name} is scheduled after the start; use onModuleInit`);
    if (this.#sweeps.has(name)) throw new Error(`${name} is scheduled twice`);
    this.#sweeps.set(name, { cadence, sweep });
  }

  /** Runs every sweep now, one after the other: after a simulated clock has moved. */
  async runDue(): Promise<void> {
    for (const { sweep } of this.#sweeps.values()) await sweep();
  }

  /** Whether the queue is started and its tables answer; `/health/ready` asks. */
  async isHealthy(): Promise<boolean> {
    return this.#running && (await this.#queue.isInstalled().catch(() => false));
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.#queue.start();
    this.#running = true;
    for (const [name, { cadence, sweep }] of this.#sweeps) {
      await this.#queue.createQueue(name, {
        policy: 'exclusive',
        retryLimit: 0,
        expireInSeconds: sweepSecondsMax,
        deleteAfterSeconds: keepFinishedSeconds,
      });
      await this.#queue.work(name, { pollingIntervalSeconds: pollSeconds }, async () => {
        await sweep();
      });
      await this.#queue.schedule(name, cadences[cadence]);
    }
  }

  /** Before the connections end, and while requests in flight are still answered. */
  async beforeApplicationShutdown(): Promise<void> {
    if (!this.#running) return;
    this.#running = false;
    await this.#queue.stop({ graceful: true, timeout: stopMillisecondsMax });
  }
}
