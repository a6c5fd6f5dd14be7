import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority, refusalOf } from '../../authority/index.js';
import { type Audited, AuditedTransaction, committed, refused } from '../../ledger/index.js';
import { caseSummary } from '../case-view.js';
import { caseRefused, fraudReported } from '../cases.events.js';
import { ContainmentRequest } from './containment-request.js';
import { FraudAnswer } from './fraud-answer.js';
import { FraudNotice } from './fraud-notice.js';
import { type FraudReported, ReportFraud } from './report-fraud.command.js';

@CommandHandler(ReportFraud)
export class ReportFraudHandler implements ICommandHandler<ReportFraud> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly notices: FraudNotice,
    private readonly containment: ContainmentRequest,
    private readonly answers: FraudAnswer,
  ) {}

  /** The bank is not asked before the notice stands: a silent bank delays nobody. */
  async execute({ actor, input, idempotency }: ReportFraud): Promise<Audited<FraudReported>> {
    const knownNumber = await this.notices.knownNumber(actor, input);
    const noticed = await this.audited.run<FraudReported>(
      actor,
      async (tx) => {
        const decision = await this.authority.decide(tx, actor, 'fraud.report', {});
        if (decision.kind !== 'permit') {
          return refused(refusalOf(decision), caseRefused({ decision, detail: { type: 'fraud' } }));
        }
        const lookup = this.containment.lookupOf(actor, input);
        const { opened, callBackDueAt, escalated } = await this.notices.open(tx, input, {
          missingFields: lookup ? [] : ['cardDetails'],
          knownNumber,
        });
        const { containment, event } = await this.containment.make(tx, opened, lookup);
        const summary = caseSummary(opened);
        return committed(
          {
            case: summary,
            containment: {
              id: containment.id,
              state: containment.state,
              reason: containment.reason,
            },
            callBackDueAt: callBackDueAt.toISOString(),
            maskedPhone: null,
          },
          fraudReported({
            decision,
            resource: { kind: 'case', id: opened.id },
            subjectRef: opened.subjectRef,
            caseId: opened.id,
            detail: {
              number: summary.number,
              type: summary.type,
              priority: summary.priority,
              missingFields: [...summary.missingFields],
              confidencePermille: input.confidencePermille ?? null,
            },
          }),
          escalated,
          event,
        );
      },
      { idempotency },
    );
    return this.answers.after(actor, noticed);
  }
}
