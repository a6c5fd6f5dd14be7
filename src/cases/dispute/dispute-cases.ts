import { Injectable } from '@nestjs/common';

import type { Tx } from '../../ledger/index.js';
import { Policies } from '../../policy/index.js';
import { type CaseFacts, SealedFacts } from '../case-facts.js';
import { CaseRegister } from '../case-register.js';
import type { Case } from '../case.entity.js';
import { TeamAlerts } from '../team-alerts.js';
import { type Assessed, DisputeAssessment } from './dispute-assessment.js';
import type { DisputeSituation } from './dispute-bank.js';
import { type DisputeFacts, merged, missingFacts } from './dispute-facts.js';
import type { DisputeNotice } from './open-dispute.command.js';

const teamsTold = ['finance', 'disputes'];

/** A dispute with what follows from its facts. */
export interface AssessedCase {
  readonly about: Case;
  readonly assessed: Assessed;
}

/** The case behind a dispute, in the caller's transaction. */
@Injectable()
export class DisputeCases {
  constructor(
    private readonly register: CaseRegister,
    private readonly facts: SealedFacts,
    private readonly assessment: DisputeAssessment,
    private readonly alerts: TeamAlerts,
    private readonly policies: Policies,
  ) {}

  async open(
    tx: Tx,
    { channel, conversationId, ...told }: DisputeNotice,
    { subjectRef, situation }: { subjectRef: Case['subjectRef']; situation: DisputeSituation },
  ): Promise<AssessedCase> {
    const { intake, review } = this.policies.disputes;
    const facts = merged({}, told);
    const isGuest = tx.actor.kind === 'guest';
    const about = await this.register.open(tx, {
      type: 'dispute',
      priority: 'high',
      queue: review.queue,
      subjectRef,
      channel,
      conversationId,
      facts,
      missingFields: missingFacts(facts, { asked: intake.facts, isGuest }),
    });
    const assessed = await this.assessment.assess(tx, about, { facts, situation });
    await this.register.flag(tx, about, assessed.flags);
    // Tasks of ours, never a condition for the customer (12 CFR 1005.11(c), comment 11(c)-2).
    for (const kind of review.tasksBeforeClosing) {
      await this.register.addTask(tx, { caseId: about.id, kind, queue: review.queue });
    }
    await this.alerts.tell(tx, about, { teams: teamsTold });
    return { about, assessed };
  }

  async add(
    tx: Tx,
    about: Case,
    { told, situation }: { told: DisputeFacts; situation: DisputeSituation },
  ): Promise<AssessedCase> {
    const facts = merged(await this.facts.open(tx.manager, about), told);
    const { intake } = this.policies.disputes;
    const assessed = await this.assessment.assess(tx, about, { facts, situation });
    await this.register.change(tx, about, {
      facts: await this.facts.seal(tx.manager, about, facts),
      missingFields: missingFacts(facts, { asked: intake.facts, isGuest: about.fromGuest }),
      flags: assessed.flags,
    });
    return { about, assessed };
  }

  /** What was told so far and is told now; read before the transaction, to ask the bank with. */
  async factsWith(manager: Tx['manager'], about: Case, told: DisputeFacts): Promise<CaseFacts> {
    return merged(await this.facts.open(manager, about), told);
  }
}
