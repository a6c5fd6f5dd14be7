import { Injectable } from '@nestjs/common';

import { AuditedTransaction, committed } from '../ledger/index.js';
import { Conversations } from './conversations.js';
import type { MessageAnswer } from './message-answer.js';
import type { AnswerInside, Turn } from './playbooks/playbook.js';
import { TurnRecorder } from './record-turn.js';

/** Runs the inside of an answer and its record as one audited transaction. */
@Injectable()
export class TurnRunner {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly conversations: Conversations,
    private readonly recorder: TurnRecorder,
  ) {}

  async run(turn: Turn, answerInside: AnswerInside): Promise<MessageAnswer> {
    return this.audited.run(turn.actor, async (tx) => {
      const conversation = await this.conversations.lock(tx, turn.conversation.id);
      const locked = { ...turn, conversation };
      const answer = await answerInside(tx);
      const { answer: wire, events } = await this.recorder.record(tx, locked, answer);
      return committed(wire, ...events);
    });
  }
}
