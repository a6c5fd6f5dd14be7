import { Body, Controller, Delete, Get, HttpCode, Post } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { z } from 'zod';

import { receiptSchema } from '../../ledger/index.js';
import {
  type Actor,
  ApiRoute,
  Authenticated,
  CurrentActor,
  LimitedByOrigin,
  PathId,
} from '../../platform/index.js';
import {
  ConfirmAuthenticator,
  confirmAuthenticatorSchema,
  confirmedAuthenticatorSchema,
} from './confirm-authenticator.command.js';
import {
  EnrolAuthenticator,
  enrolAuthenticatorSchema,
  enrolledAuthenticatorSchema,
} from './enrol-authenticator.command.js';
import { authenticatorListSchema, ListAuthenticators } from './list-authenticators.query.js';
import { RemoveAuthenticator } from './remove-authenticator.command.js';

const removedSchema = z.object({ receipt: receiptSchema }).meta({ id: 'AuthenticatorRemoved' });

@Controller('v1/authenticators')
export class AuthenticatorsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @Authenticated('customer')
  @ApiRoute({
    summary: 'List one’s own authenticators',
    responses: { 200: authenticatorListSchema },
    problems: ['service.unavailable'],
  })
  list(@CurrentActor() actor: Actor): Promise<unknown> {
    return this.queries.execute(new ListAuthenticators(actor));
  }

  @Post()
  @Authenticated('customer')
  @ApiRoute({
    summary: 'Enrol an authenticator, under a grant for a factor change',
    responses: { 201: enrolledAuthenticatorSchema },
    problems: ['assurance.insufficient', 'service.unavailable'],
  })
  enrol(
    @Body({ schema: enrolAuthenticatorSchema }) input: z.infer<typeof enrolAuthenticatorSchema>,
    @CurrentActor() actor: Actor,
  ): Promise<unknown> {
    return this.commands.execute(new EnrolAuthenticator(input, actor));
  }

  @Post(':id/confirmations')
  @HttpCode(200)
  @Authenticated('customer')
  @LimitedByOrigin('attempts')
  @ApiRoute({
    summary: 'Confirm a new authenticator by a first code',
    responses: { 200: confirmedAuthenticatorSchema },
    problems: [
      'resource.not_found',
      'assurance.insufficient',
      'authenticator.code_refused',
      'service.unavailable',
    ],
  })
  confirm(
    @PathId('id') id: string,
    @Body({ schema: confirmAuthenticatorSchema })
    input: z.infer<typeof confirmAuthenticatorSchema>,
    @CurrentActor() actor: Actor,
  ): Promise<unknown> {
    return this.commands.execute(new ConfirmAuthenticator(id, input, actor));
  }

  @Delete(':id')
  @Authenticated('customer')
  @ApiRoute({
    summary: 'Remove an authenticator, under a grant for a factor change',
    responses: { 200: removedSchema },
    problems: ['resource.not_found', 'assurance.insufficient', 'service.unavailable'],
  })
  remove(@PathId('id') id: string, @CurrentActor() actor: Actor): Promise<unknown> {
    return this.commands.execute(new RemoveAuthenticator(id, actor));
  }
}
