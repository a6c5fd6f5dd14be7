import { Injectable } from '@nestjs/common';

import { AppDatabase, type CaseId } from '../../platform/index.js';
import { CaseSubjects } from '../case-subjects.js';
import { Case } from '../case.entity.js';
import { DisputeBank, type DisputeSituation } from './dispute-bank.js';
import { DisputeCases } from './dispute-cases.js';
import type { DisputeFacts } from './dispute-facts.js';

const nothing: DisputeSituation = {
  isBankSilent: false,
  account: null,
  transaction: null,
  isMismatch: false,
  billingCycles: [],
};

/** What the bank knows of a dispute that stands already, asked before a transaction is open. */
@Injectable()
export class DisputeOutlook {
  constructor(
    private readonly app: AppDatabase,
    private readonly subjects: CaseSubjects,
    private readonly disputes: DisputeCases,
    private readonly bank: DisputeBank,
  ) {}

  /** With what was told before and is told now; nothing for a guest, whose number proves nothing. */
  async of(caseId: string, told: DisputeFacts): Promise<DisputeSituation> {
    const { manager } = this.app;
    const about = await manager.findOneBy(Case, { id: caseId as CaseId, type: 'dispute' });
    if (!about) return nothing;
    const customerNumber = await this.subjects.numberOf(manager, about.subjectRef);
    return this.bank.look(customerNumber, await this.disputes.factsWith(manager, about, told));
  }
}
