import { Body, Controller, Delete, Get, HttpCode, Post } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { z } from 'zod';

import { type IdempotencyRequest, receiptSchema } from '../ledger/index.js';
import {
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
import { ChangeAuthenticator } from './change-authenticator.command.js';
import { CreateChallenge, createChallengeSchema } from './create-challenge.command.js';
import { authenticatorListSchema, ListAuthenticators } from './list-authenticators.query.js';
import { ResendChallenge } from './resend-challenge.command.js';

const challengeAnswerSchema = z
  .object({ ...challengeViewSchema.shape, receipt: receiptSchema })
  .meta({ id: 'ChallengeAnswer' });

const enrolAuthenticatorSchema = z
  .strictObject({ method: z.enum(['totp']) })
  .meta({ id: 'EnrolAuthenticator' });

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
    problems: ['challenge.method_unavailable', 'rate.exceeded', 'service.unavailable'],
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
  @ApiRoute({
    summary: 'Present a one-time code',
    responses: { 200: verifiedChallengeSchema },
    problems: ['resource.not_found', 'verification.failed', 'rate.exceeded'],
  })
  attempt(
    @PathId('id') id: string,
    @Body({ schema: attemptChallengeSchema }) input: z.infer<typeof attemptChallengeSchema>,
    @CurrentActor() actor: Actor,
  ): Promise<unknown> {
    return this.commands.execute(new AttemptChallenge(id, input, actor));
  }

  @Post('challenges/:id/resend')
  @HttpCode(200)
  @Authenticated('customer', 'guest')
  @LimitedByOrigin('challenges')
  @ApiRoute({
    summary: 'Ask for a fresh code',
    responses: { 200: challengeAnswerSchema },
    problems: ['resource.not_found', 'challenge.closed', 'rate.exceeded', 'service.unavailable'],
  })
  resend(
    @PathId('id') id: string,
    @CurrentActor() actor: Actor,
    @Idempotency({ required: false }) idempotency: IdempotencyRequest | undefined,
  ): Promise<unknown> {
    return this.commands.execute(new ResendChallenge(id, actor, idempotency));
  }

  @Get('authenticators')
  @Authenticated('customer')
  @ApiRoute({
    summary: 'List one’s own authenticators',
    responses: { 200: authenticatorListSchema },
  })
  list(@CurrentActor() actor: Actor): Promise<unknown> {
    return this.queries.execute(new ListAuthenticators(actor));
  }

  @Post('authenticators')
  @Authenticated('customer')
  @ApiRoute({
    summary: 'Enrol an authenticator',
    responses: {},
    problems: ['authenticator.unavailable'],
  })
  enrol(
    @Body({ schema: enrolAuthenticatorSchema }) _input: z.infer<typeof enrolAuthenticatorSchema>,
    @CurrentActor() actor: Actor,
  ): Promise<unknown> {
    return this.commands.execute(new ChangeAuthenticator('enrol', actor));
  }

  @Delete('authenticators/:id')
  @Authenticated('customer')
  @ApiRoute({
    summary: 'Remove an authenticator',
    responses: {},
    problems: ['authenticator.unavailable'],
  })
  remove(@PathId('id') _id: string, @CurrentActor() actor: Actor): Promise<unknown> {
    return this.commands.execute(new ChangeAuthenticator('remove', actor));
  }
}
