import { Injectable } from '@nestjs/common';

import { Authority, refusalOf } from '../authority/index.js';
import { AuditedTransaction, refused, type Tx } from '../ledger/index.js';
import { type Actor, type ConversationId, isUuid, ReaderDatabase } from '../platform/index.js';
import { Conversation } from './conversation.entity.js';
import { conversationRefused } from './conversations.events.js';
import { PendingIntent } from './pending-intent.entity.js';

/** Finds conversations for those who may use them. */
@Injectable()
export class Conversations {
  constructor(
    private readonly reader: ReaderDatabase,
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
  ) {}

  /**
   * The actor's own conversation.
   *
   * @throws Problem `resource.not_found`, alike for an unknown and for a foreign one, and ledgered.
   */
  async own(actor: Actor, id: string, action: string): Promise<Conversation> {
    const found = isUuid(id) ? await this.find(id as ConversationId) : null;
    const resource = { kind: 'conversation', id, ownerSubjectRef: found?.subjectRef ?? null };
    const decision = await this.authority.decide(null, actor, action, { resource });
    if (decision.kind === 'permit' && found) {
      return found;
    }
    const problem = refusalOf(decision);
    return this.audited.run<never>(actor, () =>
      Promise.resolve(refused(problem, conversationRefused({ decision, detail: {} }))),
    );
  }

  find(id: ConversationId): Promise<Conversation | null> {
    return this.reader.manager.findOneBy(Conversation, { id });
  }

  /** The same row, locked: turns of one conversation are recorded one after the other. */
  async lock(tx: Tx, id: ConversationId): Promise<Conversation> {
    return tx.manager.findOneOrFail(Conversation, {
      where: { id },
      lock: { mode: 'pessimistic_write' },
    });
  }

  /** The newest challenge that a message of this conversation waits for. */
  async pendingChallenge(id: ConversationId): Promise<string | null> {
    const pending = await this.reader.manager.findOne(PendingIntent, {
      where: { conversationId: id, state: 'pending' },
      order: { createdAt: 'DESC' },
    });
    return pending?.challengeId ?? null;
  }
}
