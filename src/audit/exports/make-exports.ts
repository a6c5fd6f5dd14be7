import {
  type BeforeApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { type FindOptionsWhere, Not } from 'typeorm';

import {
  type AuditEventDraft,
  AuditedTransaction,
  committed,
  type ExportCriteria,
} from '../../ledger/index.js';
import { AppDatabase, JobQueue, serviceActor, ServiceLog } from '../../platform/index.js';
import { ExportImpossible } from './bundle-contents.js';
import { BundleMaker } from './bundle-maker.js';
import { ExportTaken } from './export-pieces.js';
import { exportExpired, exportFailed, exportMade } from './exports.events.js';
import { LedgerExport } from './ledger-export.entity.js';

const attemptsMax = 3;
const pauseMilliseconds = 50;

interface ClaimedExport {
  readonly id: string;
  readonly attempt: number;
  readonly criteria: string;
  readonly recipient_key: Buffer | null;
  readonly request_event: string | null;
}

/** Whoever died in the middle gives no sign of life for a minute; then another begins anew. */
const claimNext = `
  WITH claimed AS (
    UPDATE ledger_exports SET attempt = attempt + 1, working_at = clock_timestamp()
    WHERE id = (
      SELECT id FROM ledger_exports
      WHERE state = 'preparing'
        AND (working_at IS NULL OR working_at < clock_timestamp() - interval '1 minute')
      ORDER BY requested_at LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    RETURNING id, attempt, criteria, recipient_key
  )
  SELECT claimed.*, (
    SELECT id FROM audit_events WHERE type = 'ledger.export_requested'
      AND event::jsonb -> 'resource' ->> 'id' = claimed.id::text LIMIT 1
  ) AS request_event
  FROM claimed
`;

/** Makes what was asked for, outside the request and one after the other, and deletes it in time. */
@Injectable()
export class MakeExports
  implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown
{
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(
    private readonly jobs: JobQueue,
    private readonly database: AppDatabase,
    private readonly audited: AuditedTransaction,
    private readonly maker: BundleMaker,
    private readonly log: ServiceLog,
  ) {}

  onModuleInit(): void {
    this.jobs.schedule('ledger-exports', 'every-minute', () => this.#sweep());
  }

  onApplicationBootstrap(): void {
    this.wake();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#running;
  }

  /** Looks for work soon. */
  wake(): void {
    if (this.#isStopped || this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#running = this.#running.then(() => this.#makeAll());
    }, pauseMilliseconds);
  }

  async #sweep(): Promise<void> {
    this.wake();
    const over: { id: string }[] = await this.database.query(
      `SELECT id FROM ledger_exports WHERE state <> 'expired' AND expires_at <= $1`,
      [this.maker.now()],
    );
    for (const { id } of over) {
      await this.maker.pieces.remove(id);
      await this.#conclude(
        { id, state: Not('expired') },
        { state: 'expired' },
        exportExpired({ ...about(id), detail: {} }),
      );
    }
  }

  async #makeAll(): Promise<void> {
    try {
      while (!this.#isStopped) {
        const [claimed] = await this.database.query<ClaimedExport[]>(claimNext);
        if (!claimed) return;
        await this.#make(claimed);
      }
    } catch (error) {
      this.log.fault(error);
    }
  }

  async #make(claimed: ClaimedExport): Promise<void> {
    const { id, attempt } = claimed;
    try {
      const { treeSize, entries, bytes, digest } = await this.maker.make({
        exportId: id,
        attempt,
        criteria: JSON.parse(claimed.criteria) as ExportCriteria,
        recipientKey: claimed.recipient_key,
        requestEvent: claimed.request_event ?? '',
      });
      const change = { treeSize: String(treeSize), entries: String(entries), bytes: String(bytes) };
      await this.#conclude(
        { id, attempt, state: 'preparing' },
        { ...change, digest, state: 'ready' },
        exportMade({
          ...about(id),
          detail: { treeSize, entries, bytes, digest: digest.toString('hex') },
        }),
      );
    } catch (error) {
      if (!(error instanceof ExportTaken)) await this.#fail(claimed, error);
    }
  }

  async #fail({ id, attempt }: ClaimedExport, error: unknown): Promise<void> {
    const isForeseen = error instanceof ExportImpossible && error.isFinal;
    if (!isForeseen) this.log.fault(error);
    if (!isForeseen && attempt < attemptsMax) return;
    const reason = error instanceof ExportImpossible ? error.reason : 'log_unreadable';
    const isConcluded = await this.#conclude(
      { id, attempt, state: 'preparing' },
      { state: 'failed', failure: reason },
      exportFailed({ ...about(id), outcome: 'failed', detail: { reason } }),
    );
    // Not before: the pieces may be those of another who has begun meanwhile.
    if (isConcluded) await this.maker.pieces.remove(id);
  }

  /**
   * By whoever claimed it last, and once: another may have begun meanwhile, or its time be over.
   *
   * @returns false where it is no longer ours to conclude; nothing is recorded then.
   */
  async #conclude(
    which: FindOptionsWhere<LedgerExport>,
    change: Partial<LedgerExport>,
    event: AuditEventDraft,
  ): Promise<boolean> {
    try {
      await this.audited.run(serviceActor('ledger-export', this.maker.newId()), async (tx) => {
        const { affected } = await tx.manager.update(LedgerExport, which, change);
        // An event that nothing stands behind would be a lie: the transaction is undone with it.
        if (affected !== 1) throw new ExportTaken();
        return committed({}, event);
      });
      return true;
    } catch (error) {
      if (error instanceof ExportTaken) return false;
      throw error;
    }
  }
}

function about(id: string): { readonly resource: { readonly kind: string; readonly id: string } } {
  return { resource: { kind: 'ledger-export', id } };
}
