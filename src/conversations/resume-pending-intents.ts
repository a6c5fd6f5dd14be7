import { Injectable } from '@nestjs/common';

import { type Actor, type ChallengeId, ReaderDatabase } from '../platform/index.js';
import type { MessageAnswer } from './message-answer.js';
import { PendingIntent } from './pending-intent.entity.js';
import { Playbooks } from './playbooks/playbooks.js';
import type { Turn } from './playbooks/playbook.js';
import { Recall } from './recall.js';
import { TurnRunner } from './run-turn.js';

const resumedMax = 10;

/** Answers what waited for a code, in the order it was asked, once the code was right. */
@Injectable()
export class ResumePendingIntents {
  constructor(
    private readonly reader: ReaderDatabase,
    private readonly playbooks: Playbooks,
    private readonly recall: Recall,
    private readonly turns: TurnRunner,
  ) {}

  /**
   * @param codeTurn the message that was the code; its conversation's newest question is answered in its place.
   * @returns the last answer, or null where nothing waited.
   */
  async resume(actor: Actor, challengeId: string, codeTurn?: Turn): Promise<MessageAnswer | null> {
    const waiting = await this.reader.manager.find(PendingIntent, {
      where: { challengeId: challengeId as ChallengeId, state: 'pending' },
      order: { createdAt: 'ASC' },
      take: resumedMax,
    });
    const inPlace =
      codeTurn &&
      waiting.findLast((pending) => pending.conversationId === codeTurn.conversation.id);
    let answer: MessageAnswer | null = null;
    for (const pending of waiting.filter((each) => each !== inPlace)) {
      answer = await this.#answer(pending, await this.recall.turn(actor, pending));
    }
    if (!codeTurn || !inPlace) return answer;
    const asked = await this.recall.turn(actor, inPlace);
    const { messageId, text, redactions, receivedAt } = codeTurn;
    const answered = { ...asked, messageId, text, redactions, receivedAt, isStored: false };
    return this.#answer(inPlace, answered);
  }

  async #answer(pending: PendingIntent, turn: Turn): Promise<MessageAnswer> {
    const inside = await this.playbooks.byTopic(pending.topic).prepare(turn);
    return this.turns.run(turn, async (tx) => {
      await tx.manager.update(
        PendingIntent,
        { messageId: pending.messageId, state: 'pending' },
        { state: 'resumed' },
      );
      return inside(tx);
    });
  }
}
