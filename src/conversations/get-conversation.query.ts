import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { MoreThan } from 'typeorm';
import { z } from 'zod';

import { Authority, Authorized, refusalOf } from '../authority/index.js';
import {
  type Audited,
  AuditedTransaction,
  disclosed,
  refused,
  type Tx,
  receiptSchema,
} from '../ledger/index.js';
import { type Actor, meetsAssurance } from '../platform/index.js';
import { Conversation, conversationChannels } from './conversation.entity.js';
import { conversationRead, conversationRefused } from './conversations.events.js';
import { Conversations } from './conversations.js';
import { conversationStates } from './conversation-state.js';
import { redactionSchema } from './message-answer.js';
import { Message } from './message.entity.js';
import { Transcript } from './transcript.js';

const messagesMax = 200;
/** What stands for a reply with account data while identity is not proven again. */
const withheldText = '[shown after verification]';

export const conversationViewSchema = z
  .strictObject({
    id: z.uuid(),
    channel: z.enum(conversationChannels),
    state: z.enum(conversationStates),
    caseId: z.uuid().nullable(),
    messages: z.array(
      z.strictObject({
        id: z.uuid(),
        seq: z.int(),
        direction: z.enum(['in', 'out']),
        text: z.string(),
        redactions: z.array(redactionSchema),
        outcome: z.string().nullable(),
        withheld: z.boolean().describe('The text shows account data and needs aal2'),
        at: z.string(),
      }),
    ),
    receipt: receiptSchema,
  })
  .meta({ id: 'ConversationView' });

export type ConversationView = Omit<z.infer<typeof conversationViewSchema>, 'receipt'>;

/** Reads a conversation. Replies with account data show at `aal2` only; at most 200 messages, oldest first. */
@Authorized('conversation.read')
export class GetConversation extends Query<Audited<ConversationView>> {
  constructor(
    readonly conversationId: string,
    readonly actor: Actor,
    readonly afterSeq = 0,
  ) {
    super();
  }
}

@QueryHandler(GetConversation)
export class GetConversationHandler implements IQueryHandler<GetConversation> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly conversations: Conversations,
    private readonly transcript: Transcript,
  ) {}

  async execute({
    actor,
    conversationId,
    afterSeq,
  }: GetConversation): Promise<Audited<ConversationView>> {
    const conversation = await this.conversations.own(actor, conversationId, 'conversation.read');
    return this.audited.disclose<ConversationView>(actor, async (tx) => {
      const decision = await this.authority.decide(tx, actor, 'conversation.read', {
        resource: {
          kind: 'conversation',
          id: conversation.id,
          ownerSubjectRef: conversation.subjectRef,
        },
      });
      if (decision.kind !== 'permit') {
        return refused(refusalOf(decision), conversationRefused({ decision, detail: {} }));
      }
      const messages = await this.#messages(tx, conversation, afterSeq);
      const withheld = messages.filter((message) => message.withheld).length;
      const { id, channel, state, caseId } = conversation;
      return disclosed(
        { id, channel, state, caseId, messages },
        conversationRead({
          decision,
          resource: { kind: 'conversation', id },
          subjectRef: conversation.subjectRef,
          dataAccessed: ['messages'],
          detail: { messages: messages.length, withheld },
        }),
      );
    });
  }

  async #messages(
    tx: Tx,
    conversation: Conversation,
    afterSeq: number,
  ): Promise<ConversationView['messages']> {
    const rows = await tx.manager.find(Message, {
      where: { conversationId: conversation.id, seq: MoreThan(afterSeq) },
      order: { seq: 'ASC' },
      take: messagesMax,
    });
    const shown: ConversationView['messages'] = [];
    for (const row of rows) {
      const withheld = row.discloses && !meetsAssurance(tx.actor.assurance.acr, 'aal2');
      shown.push({
        id: row.id,
        seq: row.seq,
        direction: row.direction,
        text: withheld ? withheldText : await this.transcript.read(tx, conversation, row),
        redactions: [...row.redactions],
        outcome: row.outcome,
        withheld,
        at: row.createdAt.toISOString(),
      });
    }
    return shown;
  }
}
