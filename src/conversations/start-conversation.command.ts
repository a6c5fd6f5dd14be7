import { Command } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../authority/index.js';
import { type Audited, type IdempotencyRequest, receiptSchema } from '../ledger/index.js';
import type { Actor } from '../platform/index.js';
import { conversationChannels } from './conversation.entity.js';

export const startConversationSchema = z
  .strictObject({ channel: z.enum(conversationChannels) })
  .meta({ id: 'StartConversation' });

export const startedConversationSchema = z
  .strictObject({
    id: z.uuid(),
    channel: z.enum(conversationChannels),
    state: z.string(),
    conversationToken: z
      .string()
      .optional()
      .describe('For a guest: good for this conversation, its challenges and its case, 24 h'),
    receipt: receiptSchema,
  })
  .meta({ id: 'StartedConversation' });

export type StartedConversation = Omit<z.infer<typeof startedConversationSchema>, 'receipt'>;

/** Opens a conversation for a customer with a session, or for a guest without one. */
@Authorized('conversation.start')
export class StartConversation extends Command<Audited<StartedConversation>> {
  constructor(
    readonly input: z.infer<typeof startConversationSchema>,
    readonly actor: Actor,
    readonly idempotency?: IdempotencyRequest,
  ) {
    super();
  }
}
