import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { z } from 'zod';

import { type IdempotencyRequest, receiptSchema } from '../ledger/index.js';
import {
  AccountCountedElsewhere,
  type Actor,
  ApiRoute,
  Authenticated,
  CurrentActor,
  Idempotency,
  LimitedByOrigin,
  PathId,
} from '../platform/index.js';
import {
  AttemptChallenge,
  attemptChallengeSchema,
  verifiedChallengeSchema,
} from './attempt-challenge.command.js';
import { challengeViewSchema } from './challenge-view.js';
import { CreateChallenge, createChallengeSchema } from './create-challenge.command.js';
import { deliverySchema, GetDelivery } from './get-delivery.query.js';
import { ResendChallenge } from './resend-challenge.command.js';

const challengeAnswerSchema = z
  .object({ ...challengeViewSchema.shape, receipt: receiptSchema })
  .meta({ id: 'ChallengeAnswer' });

@Controller('v1')
export class VerificationController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post('challenges')
  @Authenticated('customer', 'guest')
  @LimitedByOrigin('challenges')
  @ApiRoute({
    summary: 'Ask for a one-time code',
    responses: { 201: challengeAnswerSchema },
    problems: [
      'challenge.method_unavailable',
      'challenge.delivery_unavailable',
      'rate.exceeded',
      'service.unavailable',
    ],
  })
  create(
    @Body({ schema: createChallengeSchema }) input: z.infer<typeof createChallengeSchema>,
    @CurrentActor() actor: Actor,
    @Idempotency({ required: false }) idempotency: IdempotencyRequest | undefined,
  ): Promise<unknown> {
    return this.commands.execute(new CreateChallenge(input, actor, idempotency));
  }

  @Post('challenges/:id/attempts')
  @HttpCode(200)
  @Authenticated('customer', 'guest')
  @LimitedByOrigin('attempts')
  @AccountCountedElsewhere()
  @ApiRoute({
    summary: 'Present a one-time code',
    responses: { 200: verifiedChallengeSchema },
    problems: ['resource.not_found', 'verification.failed', 'rate.exceeded', 'service.unavailable'],
  })
  attempt(
    @PathId('id') id: string,
    @Body({ schema: attemptChallengeSchema }) input: z.infer<typeof attemptChallengeSchema>,
    @CurrentActor() actor: Actor,
  ): Promise<unknown> {
    return this.commands.execute(new AttemptChallenge(id, input, actor));
  }

  @Get('challenges/:id/delivery')
  @Authenticated('customer', 'staff')
  @ApiRoute({
    summary: 'See where the newest message of a challenge stands',
    responses: { 200: deliverySchema },
    problems: [
      'resource.not_found',
      'purpose.missing',
      'authority.denied',
      'challenge.not_sent',
      'service.unavailable',
    ],
  })
  delivery(@PathId('id') id: string, @CurrentActor() actor: Actor): Promise<unknown> {
    return this.queries.execute(new GetDelivery(id, actor));
  }

  @Post('challenges/:id/resend')
  @HttpCode(200)
  @Authenticated('customer', 'guest')
  @LimitedByOrigin('challenges')
  @ApiRoute({
    summary: 'Ask for a fresh code',
    responses: { 200: challengeAnswerSchema },
    problems: [
      'resource.not_found',
      'challenge.closed',
      'challenge.not_sent',
      'challenge.delivery_unavailable',
      'rate.exceeded',
      'service.unavailable',
    ],
  })
  resend(
    @PathId('id') id: string,
    @CurrentActor() actor: Actor,
    @Idempotency({ required: false }) idempotency: IdempotencyRequest | undefined,
  ): Promise<unknown> {
    return this.commands.execute(new ResendChallenge(id, actor, idempotency));
  }
}
