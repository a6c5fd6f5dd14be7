import { Body, Controller, Get, Headers, type MessageEvent, Post, Sse } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { Observable } from 'rxjs';
import type { z } from 'zod';

import type { IdempotencyRequest } from '../ledger/index.js';
import {
  type Actor,
  ApiRoute,
  type AskActorAgain,
  Authenticated,
  CurrentActor,
  Idempotency,
  LimitedByOrigin,
  OptionallyAuthenticated,
  OriginCounter,
  PathId,
  StandingActor,
} from '../platform/index.js';
import { bareSixDigits } from '../redaction/index.js';
import {
  ClassifyMessage,
  classifyMessageSchema,
  previewedClassificationSchema,
} from './classify-message.query.js';
import { ConversationStream } from './conversation-stream.js';
import { Conversations } from './conversations.js';
import { conversationViewSchema, GetConversation } from './get-conversation.query.js';
import { messageAnswerSchema } from './message-answer.js';
import { ReceiveMessage, receiveMessageSchema } from './receive-message.command.js';
import {
  StartConversation,
  startConversationSchema,
  startedConversationSchema,
} from './start-conversation.command.js';

@Controller('v1')
export class ConversationsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly conversations: Conversations,
    private readonly streams: ConversationStream,
    private readonly origins: OriginCounter,
  ) {}

  @Post('conversations')
  @OptionallyAuthenticated('customer')
  @LimitedByOrigin('conversations')
  @ApiRoute({
    tag: 'Conversations',
    summary: 'Start a conversation, with a session or as a guest',
    responses: { 201: startedConversationSchema },
  })
  start(
    @Body({ schema: startConversationSchema }) input: z.infer<typeof startConversationSchema>,
    @CurrentActor() actor: Actor,
    @Idempotency({ required: false }) idempotency: IdempotencyRequest | undefined,
  ): Promise<unknown> {
    return this.commands.execute(new StartConversation(input, actor, idempotency));
  }

  @Post('conversations/:id/messages')
  @Authenticated('customer', 'guest')
  @LimitedByOrigin('messages')
  @ApiRoute({
    tag: 'Conversations',
    summary: 'Send a message and get its answer',
    responses: { 201: messageAnswerSchema },
    problems: ['resource.not_found', 'conversation.closed'],
  })
  async receive(
    @PathId('id') id: string,
    @Body({ schema: receiveMessageSchema }) input: z.infer<typeof receiveMessageSchema>,
    @CurrentActor() actor: Actor,
    @Idempotency({ required: false }) idempotency: IdempotencyRequest | undefined,
  ): Promise<unknown> {
    // A code sent as a message is an attempt like any other, and counts with them.
    if (bareSixDigits(input.text) !== null) {
      await this.origins.hit('attempts', actor.origin.address ?? '');
    }
    return this.commands.execute(
      new ReceiveMessage({ conversationId: id, ...input }, actor, idempotency),
    );
  }

  @Get('conversations/:id')
  @Authenticated('customer', 'guest')
  @ApiRoute({
    tag: 'Conversations',
    summary: 'Read a conversation',
    responses: { 200: conversationViewSchema },
    problems: ['resource.not_found'],
  })
  read(@PathId('id') id: string, @CurrentActor() actor: Actor): Promise<unknown> {
    return this.queries.execute(new GetConversation(id, actor));
  }

  @Sse('conversations/:id/stream')
  @Authenticated('customer', 'guest')
  @ApiRoute({
    tag: 'Conversations',
    summary: 'Follow a conversation as server-sent events; `Last-Event-ID` resumes',
    responses: { 200: 'text/event-stream of messages' },
    problems: ['resource.not_found'],
  })
  async stream(
    @PathId('id') id: string,
    @StandingActor() askActor: AskActorAgain,
    @Headers('last-event-id') lastEventId?: string,
  ): Promise<Observable<MessageEvent>> {
    // Refused before the stream opens, so that a stranger gets the problem and not an empty stream.
    await this.conversations.own(await askActor(), id, 'conversation.read');
    const after = Number(lastEventId ?? 0);
    return this.streams.open(askActor, id, Number.isSafeInteger(after) && after > 0 ? after : 0);
  }

  @Post('classifications')
  @Authenticated('staff', 'customer', 'guest', 'client')
  @ApiRoute({
    tag: 'Conversations',
    summary: 'Classify a text without a conversation (dry run)',
    responses: { 201: previewedClassificationSchema },
    problems: ['authority.denied'],
  })
  classify(
    @Body({ schema: classifyMessageSchema }) input: z.infer<typeof classifyMessageSchema>,
    @CurrentActor() actor: Actor,
  ): Promise<unknown> {
    return this.queries.execute(new ClassifyMessage(input, actor));
  }
}
