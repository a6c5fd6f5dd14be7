import { Injectable } from '@nestjs/common';

import type { Tx } from '../ledger/index.js';
import { IdSource } from '../platform/index.js';
import { FieldEncryption } from '../privacy/index.js';
import type { Conversation } from './conversation.entity.js';
import { Message, type StoredRedaction } from './message.entity.js';

export interface TranscriptLine {
  readonly id?: string;
  readonly direction: 'in' | 'out';
  /** Redacted text. */
  readonly text: string;
  readonly redactions: readonly StoredRedaction[];
  readonly at: Date;
  readonly discloses: boolean;
  readonly intent?: string;
  readonly confidence?: number;
  readonly outcome?: string;
  readonly code?: string | undefined;
  readonly templateId?: string;
  readonly templateVersion?: string;
}

/** Writes the dialogue down, each text under the key of the person whose conversation it is. */
@Injectable()
export class Transcript {
  constructor(
    private readonly encryption: FieldEncryption,
    private readonly ids: IdSource,
  ) {}

  /** Appends a line; the conversation's row must be locked by the caller. */
  async append(tx: Tx, conversation: Conversation, line: TranscriptLine): Promise<Message> {
    const message = new Message();
    message.id = line.id ?? this.ids.ordered();
    message.conversationId = conversation.id;
    message.seq = conversation.nextSeq();
    message.direction = line.direction;
    message.text = await this.encryption.encrypt(
      tx.manager,
      conversation.subjectRef,
      { table: 'messages', column: 'text', rowId: message.id },
      line.text,
    );
    message.redactions = line.redactions;
    message.intent = line.intent ?? null;
    message.confidence = line.confidence ?? null;
    message.outcome = line.outcome ?? null;
    message.code = line.code ?? null;
    message.templateId = line.templateId ?? null;
    message.templateVersion = line.templateVersion ?? null;
    message.discloses = line.discloses;
    message.createdAt = line.at;
    await tx.manager.insert(Message, message);
    return message;
  }

  /** The stored text of a message. */
  async read(
    tx: Pick<Tx, 'manager'>,
    conversation: Conversation,
    message: Message,
  ): Promise<string> {
    return this.encryption.decrypt(
      tx.manager,
      conversation.subjectRef,
      { table: 'messages', column: 'text', rowId: message.id },
      message.text,
    );
  }
}
