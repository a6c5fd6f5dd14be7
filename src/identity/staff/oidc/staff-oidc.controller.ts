import { Body, Controller, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { z } from 'zod';

import {
  type Actor,
  ApiRoute,
  CurrentActor,
  LimitedByOrigin,
  OptionallyAuthenticated,
} from '../../../platform/index.js';
import { createdStaffSessionSchema } from '../verify-staff-factor.command.js';
import { BeginOidcSignIn, begunOidcSignInSchema } from './begin-oidc-sign-in.command.js';
import { CompleteOidcSignIn, completeOidcSignInSchema } from './complete-oidc-sign-in.command.js';

@Controller('v1/staff-sessions/oidc')
@LimitedByOrigin('signIns')
@OptionallyAuthenticated()
export class StaffOidcController {
  constructor(private readonly commands: CommandBus) {}

  @Post('authorizations')
  @ApiRoute({
    summary: 'Begin a staff sign-in at the company’s OpenID provider',
    responses: { 201: begunOidcSignInSchema },
    problems: ['staff.provider_unconfigured', 'staff.provider_unavailable'],
  })
  begin(@CurrentActor() actor: Actor): Promise<unknown> {
    return this.commands.execute(new BeginOidcSignIn(actor));
  }

  @Post()
  @ApiRoute({
    summary: 'Complete it: exchange the provider’s answer for a session',
    responses: { 201: createdStaffSessionSchema },
    problems: [
      'staff.provider_refused',
      'staff.provider_unconfigured',
      'staff.provider_unavailable',
    ],
  })
  complete(
    @Body({ schema: completeOidcSignInSchema }) input: z.infer<typeof completeOidcSignInSchema>,
    @CurrentActor() actor: Actor,
  ): Promise<unknown> {
    return this.commands.execute(new CompleteOidcSignIn(input, actor));
  }
}
