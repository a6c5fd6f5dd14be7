import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';

import { type FraudReported, ReportFraud } from '../../cases/index.js';
import { Policies } from '../../policy/index.js';
import { ReportSuspiciousActivity } from '../../verification/index.js';
import { doubtful } from './hand-off.playbook.js';
import { type Answer, type AnswerInside, claimOf, type Playbook, type Turn } from './playbook.js';
import { reportedCard, reportedFacts } from './reported-facts.js';
import { tellsOfIntruder } from './tells-of-intruder.js';

/**
 * A notice of fraud, from anybody. The case, the alerts and the containment commit by themselves
 * before the reply is written: if what follows fails, the notice stands.
 */
@Injectable()
export class FraudPlaybook implements Playbook {
  constructor(
    private readonly commands: CommandBus,
    private readonly policies: Policies,
  ) {}

  async prepare(turn: Turn): Promise<AnswerInside> {
    const reported = await this.commands.execute(
      new ReportFraud(
        {
          channel: turn.conversation.channel,
          conversationId: turn.conversation.id,
          ...reportedFacts(turn, this.policies.authority.baseCurrency),
          card: reportedCard(turn),
          confidencePermille: Math.round(turn.classification.confidence * 1000),
        },
        turn.actor,
        claimOf(turn, ReportFraud.name),
      ),
    );
    // Somebody else may hold a session of this customer: it ends before the reply is written.
    if (turn.actor.kind === 'customer' && tellsOfIntruder(turn.text)) {
      await this.commands.execute(new ReportSuspiciousActivity(turn.actor));
    }
    const answer: Answer = {
      ...fraudAnswer(turn, reported),
      outcome: 'case_opened',
      ...doubtful(turn, this.policies.intent('fraud-report')),
    };
    return () => Promise.resolve(answer);
  }
}

/** What a reporter hears; a guest the same words whether a card was found or not. */
export function fraudAnswer(turn: Turn, reported: FraudReported): Omit<Answer, 'outcome'> {
  const { missingFields } = reported.case;
  const asksForCard = missingFields.includes('cardDetails');
  return {
    reply: fraudReply(turn, reported, asksForCard),
    caseSummary: { ...reported.case, missingFields: [...missingFields] },
    caseId: reported.case.id,
    awaitingField: asksForCard ? 'cardDetails' : null,
    events: [],
    state: 'in_progress',
  };
}

function fraudReply(turn: Turn, reported: FraudReported, asksForCard: boolean): Answer['reply'] {
  const { number } = reported.case;
  const applied = reported.containment.state === 'applied';
  // A number may be anybody's: who does not hold the card hears what a guest hears.
  const isStrangers = turn.cardNumbers.length > 0 && !applied;
  if (turn.actor.kind === 'guest' || isStrangers) {
    const templateId = asksForCard ? 'fraud-ask-card' : 'fraud-reported-guest';
    return { templateId, values: { number } };
  }
  const phone = reported.maskedPhone ?? '';
  const templateId = applied ? 'fraud-reported-session' : 'fraud-requested-session';
  return { templateId, values: { number, phone } };
}
