import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';

import { AuditedTransaction, committed } from '../../ledger/index.js';
import { IdSource, JobQueue, ReaderDatabase, serviceActor } from '../../platform/index.js';
import { CaseRegister } from '../case-register.js';
import { disputeReassessed } from '../cases.events.js';
import { DisputeCases } from './dispute-cases.js';
import { DisputeOutlook } from './dispute-outlook.js';

const sweepMax = 100;

/** The notices and the bank that they waited for. */
@Injectable()
export class DisputeReassessment {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly register: CaseRegister,
    private readonly disputes: DisputeCases,
    private readonly outlook: DisputeOutlook,
    private readonly ids: IdSource,
  ) {}

  async reassess(caseId: string): Promise<void> {
    const situation = await this.outlook.of(caseId, {});
    if (situation.isBankSilent) return;
    await this.audited.run<object>(serviceActor('disputes', this.ids.random()), async (tx) => {
      const about = await this.register.lock(tx, caseId);
      if (!about) throw new Error('A dispute vanished');
      const { assessed } = await this.disputes.add(tx, about, { told: {}, situation });
      return committed(
        {},
        disputeReassessed({
          resource: { kind: 'case', id: about.id },
          subjectRef: about.subjectRef,
          caseId: about.id,
          detail: { missingFields: about.missingFields, ...assessed },
        }),
      );
    });
  }
}

/** Asks a bank that was silent at the notice again, and chooses the clocks by what it says. */
@Injectable()
export class ReassessDisputes implements OnModuleInit {
  readonly #logger = new Logger('ReassessDisputes');

  constructor(
    private readonly jobs: JobQueue,
    private readonly reader: ReaderDatabase,
    private readonly reassessment: DisputeReassessment,
  ) {}

  onModuleInit(): void {
    this.jobs.schedule('reassess-disputes', 'every-minute', () => this.sweep());
  }

  async sweep(): Promise<void> {
    const rows: { id: string }[] = await this.reader.query(
      `SELECT id FROM cases WHERE type = 'dispute' AND 'bank_unavailable' = ANY (flags)
       ORDER BY id LIMIT $1`,
      [sweepMax],
    );
    for (const { id } of rows) {
      await this.reassessment.reassess(id).catch((error: unknown) => {
        this.#logger.warn(`Dispute ${id} is assessed again later: ${String(error)}`);
      });
    }
  }
}
