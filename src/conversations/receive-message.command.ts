import { Command } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../authority/index.js';
import type { Audited, IdempotencyRequest } from '../ledger/index.js';
import type { Actor } from '../platform/index.js';
import type { AnsweredMessage } from './message-answer.js';

const messageCharactersMax = 4000;

export const receiveMessageSchema = z
  .strictObject({ text: z.string().min(1).max(messageCharactersMax) })
  .meta({ id: 'ReceiveMessage' });

/** Takes a message of a conversation, understands it, and answers it as far as the sender may hear. */
@Authorized('conversation.send-message')
export class ReceiveMessage extends Command<Audited<AnsweredMessage>> {
  constructor(
    readonly input: z.infer<typeof receiveMessageSchema> & { readonly conversationId: string },
    readonly actor: Actor,
    readonly idempotency?: IdempotencyRequest,
  ) {
    super();
  }
}
