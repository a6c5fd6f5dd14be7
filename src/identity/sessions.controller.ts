import { Body, Controller, Delete, Get, Header, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { z } from 'zod';

import { receiptSchema } from '../ledger/index.js';
import {
  type Actor,
  ApiRoute,
  Authenticated,
  Clock,
  CurrentActor,
  LimitedByOrigin,
  OptionallyAuthenticated,
  Public,
} from '../platform/index.js';
import { EndCustomerSession } from './end-customer-session.command.js';
import {
  CreateCustomerSession,
  createCustomerSessionSchema,
  createdCustomerSessionSchema,
} from './create-customer-session.command.js';
import { keySetSchema, KeySet } from './key-set.js';
import {
  RefreshCustomerSession,
  refreshCustomerSessionSchema,
} from './refresh-customer-session.command.js';

@Controller()
export class SessionsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly keySet: KeySet,
    private readonly clock: Clock,
  ) {}

  @Post('v1/customer-sessions')
  @OptionallyAuthenticated()
  @LimitedByOrigin('signIns')
  @ApiRoute({
    summary: 'Sign a customer in with the bank’s own login',
    responses: { 201: createdCustomerSessionSchema },
    problems: [
      'session.credentials_invalid',
      'session.assertion_unavailable',
      'service.unavailable',
    ],
  })
  create(
    @Body({ schema: createCustomerSessionSchema })
    input: z.infer<typeof createCustomerSessionSchema>,
    @CurrentActor() actor: Actor,
  ): Promise<unknown> {
    return this.commands.execute(new CreateCustomerSession(input, actor));
  }

  @Delete('v1/customer-sessions/current')
  @Authenticated('customer')
  @ApiRoute({
    summary: 'Sign out',
    responses: { 200: z.object({ receipt: receiptSchema }).meta({ id: 'CustomerSessionEnded' }) },
    problems: [],
  })
  end(@CurrentActor() actor: Actor): Promise<unknown> {
    return this.commands.execute(new EndCustomerSession(actor));
  }

  @Post('v1/customer-sessions/refresh')
  @OptionallyAuthenticated()
  @LimitedByOrigin('signIns')
  @ApiRoute({
    summary: 'Exchange a refresh token for fresh tokens of the same session',
    responses: { 201: createdCustomerSessionSchema },
    problems: ['session.refresh_refused'],
  })
  refresh(
    @Body({ schema: refreshCustomerSessionSchema })
    input: z.infer<typeof refreshCustomerSessionSchema>,
    @CurrentActor() actor: Actor,
  ): Promise<unknown> {
    return this.commands.execute(new RefreshCustomerSession(input, actor));
  }

  @Get('.well-known/jwks.json')
  @Public()
  @Header('cache-control', 'public, max-age=300')
  @ApiRoute({
    summary: 'Read the public keys of access tokens',
    responses: { 200: keySetSchema },
    problems: [],
  })
  keys(): z.infer<typeof keySetSchema> {
    return this.keySet.publicKeys(this.clock.now());
  }
}
