import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';

import {
  findRetained,
  LedgerRetention,
  readThrough,
  type RetainedEntry,
  type RetentionPlan,
} from '../../ledger/index.js';
import { Config, type Problem, ReaderDatabase } from '../../platform/index.js';
import { auditProblems } from '../audit.problems.js';

/** The next stretch of the log, and why it may not go. */
export interface JudgedPruning {
  readonly from: number;
  readonly to: number;
  /** Until when its first entry that has not expired is kept. */
  readonly keptUntil: Date | null;
  /** Null where it may go. */
  readonly problem: Problem | null;
}

/** Judges what may be let go, and lets it go, outside the request. */
@Injectable()
export class PruningRuns implements OnApplicationShutdown {
  readonly #logger = new Logger('PruningRuns');
  #running: Promise<void> = Promise.resolve();

  constructor(
    private readonly retention: LedgerRetention,
    private readonly reader: ReaderDatabase,
    private readonly config: Config,
  ) {}

  async judge(now: Date): Promise<JudgedPruning> {
    const plan = await this.retention.plan();
    // Asked beside the plan, which tells of one obstacle only: a date is the better answer.
    const retained = await findRetained(readThrough(this.reader), plan, now);
    const hasArchive = this.config.archiveDirectory !== null;
    const problem = problemOf(plan, retained, hasArchive);
    return { from: plan.from, to: plan.to, keptUntil: retained?.expiresAt ?? null, problem };
  }

  /** Another process or the daily job may be at it; a run that fails is made again by the next request. */
  wake(): void {
    this.#running = this.#running.then(() => this.#run());
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      const { pruned } = await this.retention.run();
      if (pruned) this.#logger.log(`Archived and pruned up to entry ${pruned.to}`);
    } catch (error) {
      this.#logger.error(`Nothing was pruned: ${String(error)}`);
    }
  }
}

/** In the order of what a person can do about it: time and holds first, then the service's own state. */
export function problemOf(
  { obstacle, at }: Pick<RetentionPlan, 'obstacle' | 'at'>,
  retained: RetainedEntry | null,
  hasArchive: boolean,
): Problem | null {
  if (retained) {
    const { leafIndex, expiresAt } = retained;
    const until = expiresAt === null ? 'for good' : `until ${expiresAt.toISOString()}`;
    const detail = `Entry ${leafIndex} is kept ${until}.`;
    return auditProblems['pruning.not_expired']({ detail });
  }
  if (obstacle === 'held') {
    return auditProblems['pruning.held']({ detail: `A legal hold keeps entry ${at ?? ''}.` });
  }
  if (!hasArchive) return auditProblems['pruning.no_archive']();
  return obstacle === null ? null : auditProblems['pruning.not_ready']();
}
