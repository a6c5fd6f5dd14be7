import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { z } from 'zod';

import type { IdempotencyRequest } from '../../ledger/index.js';
import {
  type Actor,
  ApiRoute,
  Authenticated,
  CurrentActor,
  Idempotency,
} from '../../platform/index.js';
import {
  ReleaseLockout,
  releaseLockoutSchema,
  releasedLockoutSchema,
} from './release-lockout.command.js';
import {
  protectedSessionAnswerSchema,
  ReportSuspiciousActivity,
} from './report-suspicious-activity.command.js';

/** What protects an account while somebody else may be at it, and what ends that protection. */
@Controller('v1')
export class ProtectionController {
  constructor(private readonly commands: CommandBus) {}

  @Post('customer-sessions/suspicious-activity')
  @HttpCode(200)
  @Authenticated('customer')
  @ApiRoute({
    summary: 'Tell of suspicious activity: ends other sessions and asks for verification anew',
    responses: { 200: protectedSessionAnswerSchema },
    problems: [],
  })
  protect(@CurrentActor() actor: Actor): Promise<unknown> {
    return this.commands.execute(new ReportSuspiciousActivity(actor));
  }

  @Post('lockout-releases')
  @Authenticated('staff')
  @ApiRoute({
    summary: 'End the lock of a customer’s codes after proofing them',
    responses: { 201: releasedLockoutSchema },
    problems: ['purpose.missing', 'authority.denied', 'resource.not_found'],
  })
  release(
    @Body({ schema: releaseLockoutSchema }) input: z.infer<typeof releaseLockoutSchema>,
    @CurrentActor() actor: Actor,
    @Idempotency({ required: false }) idempotency: IdempotencyRequest | undefined,
  ): Promise<unknown> {
    return this.commands.execute(new ReleaseLockout(input, actor, idempotency));
  }
}
