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
  RequestFactorRecovery,
  requestedFactorRecoverySchema,
  requestFactorRecoverySchema,
} from './request-factor-recovery.command.js';

const accepted = 202;

@Controller('v1/factor-recoveries')
export class FactorRecoveriesController {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @HttpCode(accepted)
  @Authenticated('staff')
  @ApiRoute({
    summary: 'Ask for the recovery of a customer’s lost factors, after proofing them',
    responses: { 202: requestedFactorRecoverySchema },
    problems: [
      'purpose.missing',
      'authority.denied',
      'resource.not_found',
      'factor_recovery.waiting',
      'service.unavailable',
    ],
  })
  request(
    @Body({ schema: requestFactorRecoverySchema })
    input: z.infer<typeof requestFactorRecoverySchema>,
    @CurrentActor() actor: Actor,
    @Idempotency({ required: false }) idempotency: IdempotencyRequest | undefined,
  ): Promise<unknown> {
    return this.commands.execute(new RequestFactorRecovery(input, actor, idempotency));
  }
}
