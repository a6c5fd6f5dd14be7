import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority, refusalOf } from '../../authority/index.js';
import {
  type Audited,
  AuditedTransaction,
  committed,
  refused,
  type Tx,
  type WriteOutcome,
} from '../../ledger/index.js';
import { platformProblems } from '../../platform/index.js';
import { CaseRegister } from '../case-register.js';
import { caseSummary } from '../case-view.js';
import { caseRefused, disputeFactsAdded } from '../cases.events.js';
import { AddDisputeFacts } from './add-dispute-facts.command.js';
import { DisputeCases } from './dispute-cases.js';
import { DisputeOutlook } from './dispute-outlook.js';
import type { DisputeOpened } from './open-dispute.command.js';

@CommandHandler(AddDisputeFacts)
export class AddDisputeFactsHandler implements ICommandHandler<AddDisputeFacts> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly register: CaseRegister,
    private readonly disputes: DisputeCases,
    private readonly outlook: DisputeOutlook,
  ) {}

  async execute({ actor, input, idempotency }: AddDisputeFacts): Promise<Audited<DisputeOpened>> {
    const { caseId, facts: told } = input;
    const situation = await this.outlook.of(caseId, told);
    const work = async (tx: Tx): Promise<WriteOutcome<DisputeOpened>> => {
      const found = await this.register.lock(tx, caseId);
      const about = found?.type === 'dispute' ? found : null;
      const resource = { kind: 'case', id: caseId };
      const decision = await this.authority.decide(tx, actor, 'dispute.add-facts', {
        resource: { ...resource, ownerSubjectRef: about?.subjectRef ?? null },
        caseId,
      });
      if (decision.kind !== 'permit' || !about) {
        const problem =
          decision.kind === 'permit'
            ? platformProblems['resource.not_found']()
            : refusalOf(decision);
        return refused(problem, caseRefused({ decision, resource, detail: { type: 'dispute' } }));
      }
      const { assessed } = await this.disputes.add(tx, about, { told, situation });
      return committed(
        { case: caseSummary(about) },
        disputeFactsAdded({
          decision,
          resource,
          subjectRef: about.subjectRef,
          caseId: about.id,
          detail: { missingFields: about.missingFields, ...assessed },
        }),
      );
    };
    return this.audited.run(actor, work, { idempotency });
  }
}
