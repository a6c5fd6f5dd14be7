import { Body, Controller, Delete, Get, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { z } from 'zod';

import {
  type Actor,
  ApiRoute,
  Authenticated,
  CurrentActor,
  LimitedByOrigin,
  OptionallyAuthenticated,
  PathId,
} from '../../platform/index.js';
import { endedStaffSessionSchema, EndStaffSession } from './end-staff-session.command.js';
import { RefreshStaffSession, refreshStaffSessionSchema } from './refresh-staff-session.command.js';
import {
  ListStaffSessions,
  listStaffSessionsSchema,
  staffSessionListSchema,
} from './sessions/list-staff-sessions.query.js';
import {
  revokedStaffSessionsSchema,
  RevokeStaffSessions,
} from './sessions/revoke-staff-sessions.command.js';
import { SignInStaff, signInStaffSchema } from './sign-in-staff.command.js';
import {
  createdStaffSessionSchema,
  VerifyStaffFactor,
  verifyStaffFactorSchema,
} from './verify-staff-factor.command.js';

@Controller('v1/staff-sessions')
@LimitedByOrigin('signIns')
export class StaffSessionsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @OptionallyAuthenticated()
  @ApiRoute({
    summary: 'Present a staff password; the answer asks for the second factor',
    responses: {},
    problems: ['staff.credentials_invalid', 'staff.mfa_required'],
  })
  signIn(
    @Body({ schema: signInStaffSchema }) input: z.infer<typeof signInStaffSchema>,
    @CurrentActor() actor: Actor,
  ): Promise<unknown> {
    return this.commands.execute(new SignInStaff(input, actor));
  }

  @Post('mfa')
  @OptionallyAuthenticated()
  @ApiRoute({
    summary: 'Present the one-time code of a staff sign-in',
    responses: { 201: createdStaffSessionSchema },
    problems: ['staff.credentials_invalid'],
  })
  verifyFactor(
    @Body({ schema: verifyStaffFactorSchema }) input: z.infer<typeof verifyStaffFactorSchema>,
    @CurrentActor() actor: Actor,
  ): Promise<unknown> {
    return this.commands.execute(new VerifyStaffFactor(input, actor));
  }

  @Post('refresh')
  @OptionallyAuthenticated()
  @ApiRoute({
    summary: 'Exchange a refresh token for fresh tokens',
    responses: { 201: createdStaffSessionSchema },
    problems: ['staff.refresh_refused'],
  })
  refresh(
    @Body({ schema: refreshStaffSessionSchema }) input: z.infer<typeof refreshStaffSessionSchema>,
    @CurrentActor() actor: Actor,
  ): Promise<unknown> {
    return this.commands.execute(new RefreshStaffSession(input, actor));
  }

  @Delete('current')
  @Authenticated('staff')
  @ApiRoute({
    summary: 'Sign out',
    responses: { 200: endedStaffSessionSchema },
  })
  end(@CurrentActor() actor: Actor): Promise<unknown> {
    return this.commands.execute(new EndStaffSession(actor));
  }

  @Get()
  @Authenticated('staff')
  @ApiRoute({
    summary: 'List one’s own sessions, or as administrator or security those of another',
    responses: { 200: staffSessionListSchema },
    problems: ['authority.denied'],
  })
  list(
    @Query({ schema: listStaffSessionsSchema }) input: z.infer<typeof listStaffSessionsSchema>,
    @CurrentActor() actor: Actor,
  ): Promise<unknown> {
    return this.queries.execute(new ListStaffSessions(input, actor));
  }

  @Delete(':id')
  @Authenticated('staff')
  @ApiRoute({
    summary: 'End one session: one’s own, or as administrator or security that of another',
    responses: { 200: revokedStaffSessionsSchema },
    problems: ['resource.not_found'],
  })
  revoke(@PathId('id') sessionId: string, @CurrentActor() actor: Actor): Promise<unknown> {
    return this.commands.execute(new RevokeStaffSessions({ sessionId }, actor));
  }
}
