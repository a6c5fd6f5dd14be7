import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority, refusalOf } from '../../authority/index.js';
import { type Audited, AuditedTransaction, committed, refused } from '../../ledger/index.js';
import { CaseSubjects } from '../case-subjects.js';
import { caseSummary } from '../case-view.js';
import { caseRefused, disputeOpened } from '../cases.events.js';
import { DisputeBank } from './dispute-bank.js';
import { DisputeCases } from './dispute-cases.js';
import { merged } from './dispute-facts.js';
import { type DisputeOpened, OpenDispute } from './open-dispute.command.js';

@CommandHandler(OpenDispute)
export class OpenDisputeHandler implements ICommandHandler<OpenDispute> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly bank: DisputeBank,
    private readonly disputes: DisputeCases,
    private readonly subjects: CaseSubjects,
  ) {}

  async execute({ actor, input, idempotency }: OpenDispute): Promise<Audited<DisputeOpened>> {
    const knownNumber = await this.subjects.knownNumber(actor, input.customerNumber);
    const situation = await this.bank.look(actor.customerNumber ?? knownNumber, merged({}, input));
    return this.audited.run<DisputeOpened>(
      actor,
      async (tx) => {
        const decision = await this.authority.decide(tx, actor, 'dispute.open', {});
        if (decision.kind !== 'permit') {
          const detail = { type: 'dispute' };
          return refused(refusalOf(decision), caseRefused({ decision, detail }));
        }
        const subjectRef = await this.subjects.of(tx, knownNumber);
        const { about, assessed } = await this.disputes.open(tx, input, { subjectRef, situation });
        const { id: caseId, number, missingFields } = about;
        return committed(
          { case: caseSummary(about) },
          disputeOpened({
            decision,
            resource: { kind: 'case', id: caseId },
            subjectRef,
            caseId,
            detail: { number, missingFields, ...assessed },
          }),
        );
      },
      { idempotency },
    );
  }
}
