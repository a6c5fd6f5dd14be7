import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { z } from 'zod';

import {
  type Actor,
  ApiRoute,
  CurrentActor,
  LimitedByOrigin,
  OptionallyAuthenticated,
} from '../../../platform/index.js';
import {
  requestedStaffPasswordResetSchema,
  RequestStaffPasswordReset,
  requestStaffPasswordResetSchema,
} from './request-staff-password-reset.command.js';
import {
  ResetStaffPassword,
  resetStaffPasswordResultSchema,
  resetStaffPasswordSchema,
} from './reset-staff-password.command.js';

@Controller('v1/staff-password-resets')
@LimitedByOrigin('signIns')
@OptionallyAuthenticated()
export class StaffPasswordResetsController {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @HttpCode(202)
  @ApiRoute({
    summary: 'Ask for a link to reset a password; the answer is the same for every address',
    responses: { 202: requestedStaffPasswordResetSchema },
  })
  request(
    @Body({ schema: requestStaffPasswordResetSchema })
    input: z.infer<typeof requestStaffPasswordResetSchema>,
    @CurrentActor() actor: Actor,
  ): Promise<unknown> {
    return this.commands.execute(new RequestStaffPasswordReset(input, actor));
  }

  @Post('redemptions')
  @ApiRoute({
    summary: 'Set another password by link and second factor; every session ends',
    responses: { 201: resetStaffPasswordResultSchema },
    problems: ['staff.link_expired', 'staff.credentials_invalid', 'service.unavailable'],
  })
  reset(
    @Body({ schema: resetStaffPasswordSchema }) input: z.infer<typeof resetStaffPasswordSchema>,
    @CurrentActor() actor: Actor,
  ): Promise<unknown> {
    return this.commands.execute(new ResetStaffPassword(input, actor));
  }
}
