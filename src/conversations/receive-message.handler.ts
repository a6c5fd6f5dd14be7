import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import type { Audited } from '../ledger/index.js';
import { AnswerCode } from './answer-code.js';
import { Conversations } from './conversations.js';
import { conversationProblems } from './conversations.problems.js';
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

  async execute({ actor, input, idempotency }: ReceiveMessage): Promise<Audited<AnsweredMessage>> {
    const conversation = await this.conversations.own(
      actor,
      input.conversationId,
      'conversation.send-message',
    );
    if (conversation.state === 'closed') throw conversationProblems['conversation.closed']();
    // Looked up after the conversation was read: where no answer stands yet, this is the state that
    // the first request saw, and a second one at the same time runs the same commands, once.
    const kept = idempotency && (await this.turns.kept(idempotency));
    if (kept) return kept;
    const { turn, sixDigits } = this.understanding.understand(actor, conversation, input.text);
    const code = sixDigits === null ? null : await this.codes.answer(turn, sixDigits);
    if (code) return code;
    const keyed = { ...turn, idempotency };
    return this.turns.run(keyed, await this.playbooks.choose(keyed).prepare(keyed));
  }
}
