import { Injectable } from '@nestjs/common';
import { Not } from 'typeorm';

import { type Actor, type ChallengeId, ReaderDatabase } from '../platform/index.js';
import type { MessageAnswer } from './message-answer.js';
import { PendingIntent } from './pending-intent.entity.js';
import { Playbooks } from './playbooks/playbooks.js';
import type { Turn } from './playbooks/playbook.js';
import { Recall } from './recall.js';
import { TurnRunner } from './run-turn.js';

const resumedMax = 50;

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
   * @param codeTurn the message that was the code: the newest question of its conversation is
   *   answered in its place.
   * @returns with a code turn, the answer in its place, or null where its conversation asked nothing;
   *   without one, the last answer, or null where nothing waited.
   */
  async resume(actor: Actor, challengeId: string, codeTurn?: Turn): Promise<MessageAnswer | null> {
    const inPlace = codeTurn ? await this.#newest(challengeId, codeTurn) : null;
    let last: MessageAnswer | null = null;
    for (const pending of await this.#others(challengeId, inPlace)) {
      last = await this.#answer(pending, await this.recall.turn(actor, pending));
    }
    if (!codeTurn) return last;
    if (!inPlace) return null;
    const asked = await this.recall.turn(actor, inPlace);
    const { messageId, text, redactions, receivedAt } = codeTurn;
    const answered = { ...asked, messageId, text, redactions, receivedAt, isStored: false };
    return this.#answer(inPlace, answered);
  }

  #newest(challengeId: string, { conversation }: Turn): Promise<PendingIntent | null> {
    return this.reader.manager.findOne(PendingIntent, {
      where: {
        challengeId: challengeId as ChallengeId,
        conversationId: conversation.id,
        state: 'pending',
      },
      order: { createdAt: 'DESC' },
    });
  }

  #others(challengeId: string, inPlace: PendingIntent | null): Promise<PendingIntent[]> {
    return this.reader.manager.find(PendingIntent, {
      where: {
        challengeId: challengeId as ChallengeId,
        state: 'pending',
        ...(inPlace ? { messageId: Not(inPlace.messageId) } : {}),
      },
      order: { createdAt: 'ASC' },
      take: resumedMax,
    });
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
