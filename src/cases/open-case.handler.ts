import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority, refusalOf } from '../authority/index.js';
import { type Audited, AuditedTransaction, committed, refused } from '../ledger/index.js';
import { CaseRegister } from './case-register.js';
import { CaseSubjects } from './case-subjects.js';
import type { CasePriority, CaseType } from './case-type.js';
import { caseSummary } from './case-view.js';
import { caseOpened, caseRefused } from './cases.events.js';
import { OpenCase, type OpenedCase } from './open-case.command.js';

/** Where a matter goes first, and how soon. */
const firstDesk: Readonly<
  Record<Exclude<CaseType, 'fraud' | 'dispute'>, { queue: string; priority: CasePriority }>
> = {
  complaint: { queue: 'complaints', priority: 'high' },
  'regulatory-inquiry': { queue: 'compliance', priority: 'critical' },
  violation: { queue: 'compliance', priority: 'high' },
  ticket: { queue: 'support', priority: 'normal' },
};

/** What the institution finds or is asked is not opened by those it is about. */
const actionFor = {
  complaint: 'case.open',
  ticket: 'case.open',
  'regulatory-inquiry': 'case.open-internal',
  violation: 'case.open-internal',
} as const;

@CommandHandler(OpenCase)
export class OpenCaseHandler implements ICommandHandler<OpenCase> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly register: CaseRegister,
    private readonly subjects: CaseSubjects,
  ) {}

  async execute({ actor, input, idempotency }: OpenCase): Promise<Audited<OpenedCase>> {
    const { type, channel, description, customerNumber } = input;
    const knownNumber = await this.subjects.knownNumber(actor, customerNumber);
    return this.audited.run<OpenedCase>(
      actor,
      async (tx) => {
        const decision = await this.authority.decide(tx, actor, actionFor[type], {});
        if (decision.kind !== 'permit') {
          return refused(refusalOf(decision), caseRefused({ decision, detail: { type } }));
        }
        const opened = await this.register.open(tx, {
          type,
          ...firstDesk[type],
          subjectRef: await this.subjects.of(tx, knownNumber),
          channel,
          facts: { description, customerNumber },
          missingFields: [],
        });
        const { id: caseId, number, priority, missingFields, subjectRef } = opened;
        return committed(
          { case: caseSummary(opened) },
          caseOpened({
            decision,
            resource: { kind: 'case', id: caseId },
            subjectRef,
            caseId,
            detail: { number, type, priority, missingFields },
          }),
        );
      },
      { idempotency },
    );
  }
}
