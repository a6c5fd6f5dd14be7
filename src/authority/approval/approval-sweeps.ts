import { Injectable, type OnModuleInit } from '@nestjs/common';

import { JobQueue, ReaderDatabase } from '../../platform/index.js';
import { ApprovalExecution } from './approval-execution.js';
import { ApprovalExpiry } from './approval-expiry.js';
import { ApprovalTimes } from './approval-times.js';

/** So many requests in one sweep; what is left waits for the next. */
const requestsMax = 100;

/** Every minute: ends what nobody decided, and carries out what a dead process left approved. */
@Injectable()
export class ApprovalSweeps implements OnModuleInit {
  constructor(
    private readonly jobs: JobQueue,
    private readonly reader: ReaderDatabase,
    private readonly expiry: ApprovalExpiry,
    private readonly execution: ApprovalExecution,
    private readonly due: ApprovalTimes,
  ) {}

  onModuleInit(): void {
    this.jobs.schedule('approval.expiry', 'every-minute', () => this.expireDue());
    this.jobs.schedule('approval.execution', 'every-minute', () => this.resumeAbandoned());
  }

  async expireDue(): Promise<void> {
    const ids = await this.#ids(
      `SELECT id FROM approval_requests
       WHERE state IN ('requested', 'partially_approved') AND expires_at <= $1
       ORDER BY expires_at LIMIT $2`,
      this.due.now(),
    );
    for (const id of ids) await this.expiry.expire(id);
  }

  async resumeAbandoned(): Promise<void> {
    const claimedBefore = this.due.claimedBefore();
    const ids = await this.#ids(
      `SELECT id FROM approval_requests
       WHERE state = 'approved' AND (claimed_at IS NULL OR claimed_at < $1)
       ORDER BY id LIMIT $2`,
      claimedBefore,
    );
    for (const id of ids) await this.execution.resume(id, claimedBefore);
  }

  async #ids(sql: string, instant: Date): Promise<readonly string[]> {
    const rows: readonly { id: string }[] = await this.reader.query(sql, [instant, requestsMax]);
    return rows.map(({ id }) => id);
  }
}
