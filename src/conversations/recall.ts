import { Injectable } from '@nestjs/common';

import { IntentClassifier } from '../intents/index.js';
import { type Actor, AppDatabase } from '../platform/index.js';
import { Conversations } from './conversations.js';
import { Message } from './message.entity.js';
import type { PendingIntent } from './pending-intent.entity.js';
import type { Turn } from './playbooks/playbook.js';
import { Transcript } from './transcript.js';

/** Brings back a stored message as the turn it was. */
@Injectable()
export class Recall {
  constructor(
    private readonly database: AppDatabase,
    private readonly conversations: Conversations,
    private readonly transcript: Transcript,
    private readonly classifier: IntentClassifier,
  ) {}

  async turn(actor: Actor, pending: PendingIntent): Promise<Turn> {
    // The reader's role sees no keys; the application's does.
    const { manager } = this.database;
    const conversation = await this.conversations.find(pending.conversationId);
    const message = await manager.findOneByOrFail(Message, { id: pending.messageId });
    if (!conversation) throw new Error('Pending intent without its conversation');
    const text = await this.transcript.read({ manager }, conversation, message);
    return {
      actor,
      conversation,
      messageId: message.id,
      text,
      redactions: message.redactions,
      receivedAt: message.createdAt,
      isStored: true,
      classification: this.classifier.classify(text, message.createdAt),
      cardNumbers: [],
    };
  }
}
