import { createHash, randomUUID } from 'node:crypto';

import {
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';

import { type AuditEventDraft, AuditedTransaction, committed } from '../ledger/index.js';
import { ReaderDatabase, serviceActor, ServiceLog } from '../platform/index.js';
import { ComplianceReport } from './compliance-report.entity.js';
import { EvidencePruned, EvidenceReader } from './evidence.js';
import { ReportComputation } from './report-computation.js';
import { reportComputed, reportFailed } from './reports.events.js';

const pollMilliseconds = 200;

/**
 * Computes what was asked for, one report at a time, outside the request. What a stopped process left
 * in `computing` is taken up again; computing twice gives the same content and stores it once.
 */
@Injectable()
export class ComputeReports implements OnApplicationBootstrap, OnApplicationShutdown {
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(
    private readonly audited: AuditedTransaction,
    private readonly evidence: EvidenceReader,
    private readonly computation: ReportComputation,
    private readonly reader: ReaderDatabase,
    private readonly log: ServiceLog,
  ) {}

  onApplicationBootstrap(): void {
    this.wake();
  }

  async onApplicationShutdown(): Promise<void> {
    this.#stopped = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#running;
  }

  /** Looks for work soon. */
  wake(): void {
    if (this.#stopped || this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#running = this.#computeAll();
    }, pollMilliseconds);
  }

  async #computeAll(): Promise<void> {
    try {
      const waiting = await this.reader.manager.find(ComplianceReport, {
        where: { state: 'computing' },
        order: { requestedAt: 'ASC' },
      });
      for (const report of waiting) if (!this.#stopped) await this.#compute(report);
      if (waiting.length > 0) this.wake();
    } catch (error) {
      this.log.fault(error);
      this.wake();
    }
  }

  async #compute(report: ComplianceReport): Promise<void> {
    const checkpoint = await this.evidence.coveringCheckpoint(report.id);
    if (!checkpoint) return;
    try {
      const { content, text } = await this.computation.compute(report, checkpoint);
      const failed = content.sections
        .flatMap(({ checks }) => checks)
        .filter(({ status }) => status === 'fail');
      const contentDigest = createHash('sha256').update(text).digest();
      await this.#conclude(report.id, { state: 'draft', content: text, contentDigest }, (id) =>
        reportComputed({
          resource: { kind: 'report', id },
          detail: {
            contentDigest: contentDigest.toString('hex'),
            treeSize: checkpoint.treeSize,
            rootHash: content.log.rootHash,
            checks: content.sections.reduce((sum, { checks }) => sum + checks.length, 0),
            failed: failed.length,
          },
        }),
      );
    } catch (error) {
      this.log.fault(error);
      await this.#conclude(report.id, { state: 'failed' }, (id) =>
        reportFailed({
          resource: { kind: 'report', id },
          outcome: 'failed',
          detail: {
            reason: error instanceof EvidencePruned ? 'entries_pruned' : 'evidence_unreadable',
          },
        }),
      );
    }
  }

  async #conclude(
    id: string,
    change: Partial<Pick<ComplianceReport, 'state' | 'content' | 'contentDigest'>>,
    event: (id: string) => AuditEventDraft,
  ): Promise<void> {
    await this.audited.run(serviceActor('reports', randomUUID()), async (tx) => {
      await tx.manager.update(
        ComplianceReport,
        { id, state: 'computing' },
        { ...change, computedAt: tx.now },
      );
      return committed({ id }, event(id));
    });
  }
}
