import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import type { Audited } from '../ledger/index.js';
import { AnswerCode } from './answer-code.js';
import { Conversations } from './conversations.js';
import type { AnsweredMessage } from './message-answer.js';
import { Playbooks } from './playbooks/playbooks.js';
import { ReceiveMessage } from './receive-message.command.js';
import { TurnRunner } from './run-turn.js';
import { Understanding } from './understand.js';

@CommandHandler(ReceiveMessage)
export class ReceiveMessageHandler implements ICommandHandler<ReceiveMessage> {
  constructor(
    private readonly conversations: Conversations,
    private readonly understanding: Understanding,
    private readonly playbooks: Playbooks,
    private readonly codes: AnswerCode,
    private readonly turns: TurnRunner,
  ) {}

  async execute({
    actor,
    conversationId,
    input,
  }: ReceiveMessage): Promise<Audited<AnsweredMessage>> {
    const conversation = await this.conversations.own(
      actor,
      conversationId,
      'conversation.send-message',
    );
    const { turn, sixDigits } = this.understanding.understand(actor, conversation, input.text);
    if (sixDigits !== null) {
      const challengeId = await this.conversations.pendingChallenge(conversation.id);
      if (challengeId) {
        return this.codes.attempt(this.understanding.asCode(turn), challengeId, sixDigits);
      }
      if (!this.playbooks.mayAnswerWithDigits(conversation)) {
        return this.codes.refuse(this.understanding.asCode(turn));
      }
    }
    return this.turns.run(turn, await this.playbooks.choose(turn).prepare(turn));
  }
}
