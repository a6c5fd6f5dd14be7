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
import {
  BeginStaffEnrolment,
  beginStaffEnrolmentSchema,
  begunStaffEnrolmentSchema,
} from './begin-staff-enrolment.command.js';
import {
  confirmedStaffEnrolmentSchema,
  ConfirmStaffEnrolment,
  confirmStaffEnrolmentSchema,
} from './confirm-staff-enrolment.command.js';

@Controller('v1/staff-enrolments')
@LimitedByOrigin('signIns')
@OptionallyAuthenticated()
export class StaffEnrolmentsController {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiRoute({
    summary: 'Use an enrolment link: choose a password, receive the authenticator’s secret',
    responses: { 201: begunStaffEnrolmentSchema },
    problems: ['staff.link_expired', 'service.unavailable'],
  })
  begin(
    @Body({ schema: beginStaffEnrolmentSchema }) input: z.infer<typeof beginStaffEnrolmentSchema>,
    @CurrentActor() actor: Actor,
  ): Promise<unknown> {
    return this.commands.execute(new BeginStaffEnrolment(input, actor));
  }

  @Post('confirmations')
  @ApiRoute({
    summary: 'Prove the new authenticator by its first code',
    responses: { 201: confirmedStaffEnrolmentSchema },
    problems: ['staff.link_expired', 'staff.credentials_invalid'],
  })
  confirm(
    @Body({ schema: confirmStaffEnrolmentSchema })
    input: z.infer<typeof confirmStaffEnrolmentSchema>,
    @CurrentActor() actor: Actor,
  ): Promise<unknown> {
    return this.commands.execute(new ConfirmStaffEnrolment(input, actor));
  }
}
