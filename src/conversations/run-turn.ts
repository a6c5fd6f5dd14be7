import { Injectable } from '@nestjs/common';

import { AuditedTransaction, committed, type IdempotencyRequest } from '../ledger/index.js';
import { Conversations } from './conversations.js';
import type { AnsweredMessage, MessageAnswer } from './message-answer.js';
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

  /** The answer that a message of this key got before; null where it got none. */
  kept(idempotency: IdempotencyRequest): Promise<MessageAnswer | null> {
    return this.audited.keptAnswer<AnsweredMessage>(idempotency);
  }

  async run(turn: Turn, answerInside: AnswerInside): Promise<MessageAnswer> {
    const { actor, idempotency } = turn;
    return this.audited.run(
      actor,
      async (tx) => {
        const conversation = await this.conversations.lock(tx, turn.conversation.id);
        const locked = { ...turn, conversation };
        const answer = await answerInside(tx);
        const { answer: wire, events } = await this.recorder.record(tx, locked, answer);
        // Account data is asked for, judged and ledgered each time it is shown.
        return { ...committed(wire, ...events), isKept: answer.data === undefined };
      },
      { idempotency },
    );
  }
}
