import { Body, Controller, Delete, Get, HttpCode, Post, Put } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { z } from 'zod';

import {
  type Actor,
  ApiRoute,
  Authenticated,
  CurrentActor,
  PathId,
} from '../../../platform/index.js';
import { ChangeStaffRoles, changeStaffRolesSchema } from './change-staff-roles.command.js';
import { ChangeStaffStatus, changeStaffStatusSchema } from './change-staff-status.command.js';
import { invitedStaffSchema, InviteStaff, inviteStaffSchema } from './invite-staff.command.js';
import { ListStaff, staffListSchema } from './list-staff.query.js';
import { requestedFactorResetSchema, RequestFactorReset } from './request-factor-reset.command.js';
import {
  revokedStaffSessionsSchema,
  RevokeStaffSessions,
} from '../sessions/revoke-staff-sessions.command.js';
import { changedStaffSchema } from './staff-view.js';

@Controller('v1/staff')
@Authenticated('staff')
export class StaffController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @ApiRoute({
    summary: 'Read the staff directory',
    responses: { 200: staffListSchema },
    problems: ['authority.denied', 'assurance.insufficient'],
  })
  list(@CurrentActor() actor: Actor): Promise<unknown> {
    return this.queries.execute(new ListStaff(actor));
  }

  @Post()
  @ApiRoute({
    summary: 'Invite a member of staff; once more before they enrolled, it replaces the link',
    responses: { 201: invitedStaffSchema },
    problems: ['authority.denied', 'assurance.insufficient', 'staff.enrolled_already'],
  })
  invite(
    @Body({ schema: inviteStaffSchema }) input: z.infer<typeof inviteStaffSchema>,
    @CurrentActor() actor: Actor,
  ): Promise<unknown> {
    return this.commands.execute(new InviteStaff(input, actor));
  }

  @Put(':id/roles')
  @ApiRoute({
    summary: 'Give somebody else other roles, from their next request on',
    responses: { 200: changedStaffSchema },
    problems: [
      'authority.denied',
      'authority.own_account',
      'assurance.insufficient',
      'resource.not_found',
    ],
  })
  changeRoles(
    @PathId('id') staffId: string,
    @Body({ schema: changeStaffRolesSchema }) input: z.infer<typeof changeStaffRolesSchema>,
    @CurrentActor() actor: Actor,
  ): Promise<unknown> {
    return this.commands.execute(new ChangeStaffRoles(staffId, input, actor));
  }

  @Put(':id/status')
  @ApiRoute({
    summary: 'Disable somebody else’s account, or enable it again',
    responses: { 200: changedStaffSchema },
    problems: [
      'authority.denied',
      'authority.own_account',
      'assurance.insufficient',
      'resource.not_found',
    ],
  })
  changeStatus(
    @PathId('id') staffId: string,
    @Body({ schema: changeStaffStatusSchema }) input: z.infer<typeof changeStaffStatusSchema>,
    @CurrentActor() actor: Actor,
  ): Promise<unknown> {
    return this.commands.execute(new ChangeStaffStatus(staffId, input, actor));
  }

  @Delete(':id/sessions')
  @ApiRoute({
    summary: 'End every session of a member of staff',
    responses: { 200: revokedStaffSessionsSchema },
    problems: ['authority.denied', 'assurance.insufficient'],
  })
  revokeSessions(@PathId('id') staffId: string, @CurrentActor() actor: Actor): Promise<unknown> {
    return this.commands.execute(new RevokeStaffSessions({ staffId }, actor));
  }

  @Post(':id/factor-resets')
  @HttpCode(202)
  @ApiRoute({
    summary:
      'Ask that somebody who lost their authenticator may enrol anew; another person consents',
    responses: { 202: requestedFactorResetSchema },
    problems: [
      'authority.denied',
      'authority.own_account',
      'assurance.insufficient',
      'resource.not_found',
      'approval.open',
    ],
  })
  resetFactor(@PathId('id') staffId: string, @CurrentActor() actor: Actor): Promise<unknown> {
    return this.commands.execute(new RequestFactorReset(staffId, actor));
  }
}
