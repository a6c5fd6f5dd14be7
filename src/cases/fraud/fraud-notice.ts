import { Injectable } from '@nestjs/common';

import type { AuditEventDraft, Tx } from '../../ledger/index.js';
import { type Actor, formatMoney } from '../../platform/index.js';
import { Policies } from '../../policy/index.js';
import type { CaseFacts } from '../case-facts.js';
import { CaseRegister } from '../case-register.js';
import { CaseSubjects } from '../case-subjects.js';
import type { Case } from '../case.entity.js';
import { caseEscalated } from '../cases.events.js';
import { TeamAlerts } from '../team-alerts.js';
import { FraudDeadlines } from './fraud-deadlines.js';
import type { FraudReport } from './report-fraud.command.js';

/** A fraud case as it was opened, with what escalated it. */
export interface OpenedNotice {
  readonly opened: Case;
  readonly callBackDueAt: Date;
  readonly escalated: AuditEventDraft;
}

/** Writes down a notice of fraud: case, call-back and alerts, in the caller's transaction. */
@Injectable()
export class FraudNotice {
  constructor(
    private readonly register: CaseRegister,
    private readonly subjects: CaseSubjects,
    private readonly alerts: TeamAlerts,
    private readonly policies: Policies,
    private readonly deadlines: FraudDeadlines,
  ) {}

  /** Asked before the transaction. */
  knownNumber(actor: Actor, { customerNumber }: FraudReport): Promise<string | null> {
    return this.subjects.knownNumber(actor, customerNumber);
  }

  async open(
    tx: Tx,
    input: FraudReport,
    {
      missingFields,
      knownNumber,
    }: { missingFields: readonly string[]; knownNumber: string | null },
  ): Promise<OpenedNotice> {
    const { notice } = this.policies.fraud;
    const opened = await this.register.open(tx, {
      type: 'fraud',
      priority: notice.priority,
      queue: notice.queue,
      subjectRef: await this.subjects.of(tx, knownNumber),
      channel: input.channel,
      conversationId: input.conversationId,
      facts: factsOf(input, missingFields.includes('cardDetails')),
      missingFields,
      isEscalated: true,
    });
    const callBackDueAt = await this.deadlines.start(tx, opened);
    const { id: caseId, queue } = opened;
    await this.register.addTask(tx, { caseId, kind: 'call-back', queue, dueAt: callBackDueAt });
    await this.alerts.tell(tx, opened, { teams: notice.notify });
    const escalated = caseEscalated({
      resource: { kind: 'case', id: caseId },
      subjectRef: opened.subjectRef,
      caseId,
      detail: { teams: [...notice.notify], callBackDueAt: callBackDueAt.toISOString() },
    });
    return { opened, callBackDueAt, escalated };
  }
}

/** Of a card only what waits for its other half. */
function factsOf(report: FraudReport, lacksCard: boolean): CaseFacts {
  const { merchant, amount, occurredOn, description, customerNumber, card } = report;
  return {
    ...(lacksCard && card
      ? { card: { customerNumber: card.customerNumber, lastFour: card.lastFour } }
      : {}),
    customerNumber,
    merchant,
    occurredOn,
    description,
    amount: amount && formatMoney(amount.amountMinor, amount.currency),
  };
}
