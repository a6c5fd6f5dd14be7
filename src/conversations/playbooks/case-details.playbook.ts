import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';

import { AddDisputeFacts, AddFraudDetails, type DisputeFacts } from '../../cases/index.js';
import { Policies } from '../../policy/index.js';
import { Replies } from '../replies.js';
import { disputeAnswer } from './dispute.playbook.js';
import { fraudAnswer } from './fraud.playbook.js';
import { type Answer, type AnswerInside, claimOf, type Playbook, type Turn } from './playbook.js';
import { answeredCard, reportedFacts } from './reported-facts.js';

/** Takes the answer to a question about an open case; whatever else the message tells is kept too. */
@Injectable()
export class CaseDetailsPlaybook implements Playbook {
  constructor(
    private readonly commands: CommandBus,
    private readonly replies: Replies,
    private readonly policies: Policies,
  ) {}

  async prepare(turn: Turn): Promise<AnswerInside> {
    const answer =
      turn.conversation.awaitingField === 'cardDetails'
        ? await this.#fraud(turn)
        : await this.#dispute(turn);
    return () => Promise.resolve(answer);
  }

  async #fraud(turn: Turn): Promise<Answer> {
    const caseId = caseOf(turn);
    const taken = await this.commands.execute(
      new AddFraudDetails(
        { caseId, card: answeredCard(turn) },
        turn.actor,
        claimOf(turn, AddFraudDetails.name),
      ),
    );
    const answer = fraudAnswer(turn, taken);
    const outcome = taken.case.missingFields.length > 0 ? 'details_required' : 'answered';
    return { ...answer, outcome };
  }

  async #dispute(turn: Turn): Promise<Answer> {
    const caseId = caseOf(turn);
    const taken = await this.commands.execute(
      new AddDisputeFacts(
        { caseId, facts: factsOf(turn, this.policies.authority.baseCurrency) },
        turn.actor,
        claimOf(turn, AddDisputeFacts.name),
      ),
    );
    const outcome = taken.case.missingFields.length > 0 ? 'details_required' : 'answered';
    return { ...disputeAnswer(this.replies, taken, 'dispute-details'), outcome };
  }
}

function caseOf(turn: Turn): string {
  const { caseId } = turn.conversation;
  if (caseId === null) throw new Error('A field is awaited without a case');
  return caseId;
}

const wordsOfAnswerMax = 40;

/** The awaited field takes the message as it stands where it has no form of its own. */
function factsOf(turn: Turn, ownCurrency: string): DisputeFacts {
  const facts: DisputeFacts = reportedFacts(turn, ownCurrency);
  const { customerNumber, oneTimeCode } = turn.classification.entities;
  const words = turn.text.trim().split(/\s+/).slice(0, wordsOfAnswerMax).join(' ');
  switch (turn.conversation.awaitingField) {
    case 'reason':
      return { ...facts, reason: words };
    case 'transaction':
      return { ...facts, merchant: facts.merchant ?? words };
    case 'customerNumber':
      return { ...facts, customerNumber: customerNumber ?? oneTimeCode };
    case null:
    default:
      return facts;
  }
}
