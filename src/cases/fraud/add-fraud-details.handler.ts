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
import type { Case } from '../case.entity.js';
import { caseRefused, fraudDetailsAdded } from '../cases.events.js';
import { Containment } from '../containment/containment.entity.js';
import { Task } from '../task.entity.js';
import { AddFraudDetails } from './add-fraud-details.command.js';
import { FraudAnswer } from './fraud-answer.js';
import type { FraudReported } from './report-fraud.command.js';
import { ToldCards } from './told-cards.js';

@CommandHandler(AddFraudDetails)
export class AddFraudDetailsHandler implements ICommandHandler<AddFraudDetails> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly register: CaseRegister,
    private readonly told: ToldCards,
    private readonly answers: FraudAnswer,
  ) {}

  async execute({ actor, input, idempotency }: AddFraudDetails): Promise<Audited<FraudReported>> {
    const work = async (tx: Tx): Promise<WriteOutcome<FraudReported>> => {
      const found = await this.register.lock(tx, input.caseId);
      const about = found?.type === 'fraud' ? found : null;
      const resource = { kind: 'case', id: input.caseId };
      const decision = await this.authority.decide(tx, actor, 'fraud.add-details', {
        resource: { ...resource, ownerSubjectRef: about?.subjectRef ?? null },
      });
      const held = about && (await newestContainment(tx, about));
      if (decision.kind !== 'permit' || !about || !held) {
        const problem =
          decision.kind === 'permit'
            ? platformProblems['resource.not_found']()
            : refusalOf(decision);
        return refused(problem, caseRefused({ decision, resource, detail: { type: 'fraud' } }));
      }
      const events = await this.told.add(tx, { about, containment: held }, input.card);
      return committed(
        await answerOf(tx, about, held),
        fraudDetailsAdded({
          decision,
          resource,
          subjectRef: about.subjectRef,
          caseId: about.id,
          detail: { missingFields: [...about.missingFields] },
        }),
        ...events,
      );
    };
    const noticed = await this.audited.run(actor, work, { idempotency });
    return this.answers.after(actor, noticed);
  }
}

async function newestContainment(tx: Tx, { id: caseId }: Case): Promise<Containment | null> {
  return tx.manager.findOne(Containment, {
    where: { caseId },
    order: { id: 'DESC' },
    lock: { mode: 'pessimistic_write' },
  });
}

async function answerOf(tx: Tx, about: Case, held: Containment): Promise<FraudReported> {
  const callBack = await tx.manager.findOneBy(Task, { caseId: about.id, kind: 'call-back' });
  return {
    case: caseSummary(about),
    // What a guest is told is the same whatever becomes of it.
    containment: { id: held.id, state: 'requested', reason: null },
    callBackDueAt: (callBack?.dueAt ?? about.receivedAt).toISOString(),
    maskedPhone: null,
  };
}
