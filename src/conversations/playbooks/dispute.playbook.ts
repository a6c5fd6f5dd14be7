import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';

import { type DisputeOpened, OpenDispute } from '../../cases/index.js';
import { Policies } from '../../policy/index.js';
import { Replies } from '../replies.js';
import { doubtful } from './hand-off.playbook.js';
import { type Answer, type AnswerInside, claimOf, type Playbook, type Turn } from './playbook.js';
import { reportedFacts } from './reported-facts.js';

/**
 * A notice of error. The dispute opens at once with what is known, because its legal clock starts
 * with the notice (12 CFR 1005.11(b)(1)); what is missing is asked for afterwards, one field a time.
 */
@Injectable()
export class DisputePlaybook implements Playbook {
  constructor(
    private readonly commands: CommandBus,
    private readonly policies: Policies,
    private readonly replies: Replies,
  ) {}

  async prepare(turn: Turn): Promise<AnswerInside> {
    const opened = await this.commands.execute(
      new OpenDispute(
        {
          channel: turn.conversation.channel,
          conversationId: turn.conversation.id,
          ...reportedFacts(turn, this.policies.authority.baseCurrency),
        },
        turn.actor,
        claimOf(turn, OpenDispute.name),
      ),
    );
    const answer: Answer = {
      ...disputeAnswer(this.replies, opened, 'dispute-opened'),
      outcome: 'case_opened',
      ...doubtful(turn, this.policies.intent('transaction-dispute')),
    };
    return () => Promise.resolve(answer);
  }
}

/** The reply names the case and asks for the first missing field, or says that nothing is missing. */
export function disputeAnswer(
  replies: Replies,
  opened: DisputeOpened,
  stage: 'dispute-opened' | 'dispute-details',
): Omit<Answer, 'outcome'> {
  const { id, number, missingFields } = opened.case;
  const [next] = missingFields;
  const reply =
    next === undefined
      ? { templateId: `${stage}-complete`, values: { number } }
      : {
          templateId: `${stage}-missing`,
          values: { number, question: replies.render({ templateId: `ask-${kebab(next)}` }).text },
        };
  return {
    reply,
    caseSummary: { ...opened.case, missingFields: [...missingFields] },
    caseId: id,
    awaitingField: next ?? null,
    events: [],
    state: 'in_progress',
  };
}

function kebab(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
