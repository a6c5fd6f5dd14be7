import { Body, Controller, Get, Post, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';

import type { IdempotencyRequest } from '../../ledger/index.js';
import {
  type Actor,
  ApiRoute,
  Authenticated,
  CurrentActor,
  Idempotency,
  levels,
  PathId,
} from '../../platform/index.js';
import {
  CreateRefund,
  type CreateRefundInput,
  createRefundSchema,
} from './create-refund.command.js';
import { GetRefund, refundViewSchema } from './get-refund.query.js';
import { refundStates } from './refund-state.js';

const refundSchema = z.object({ id: z.uuid(), state: z.enum(refundStates) });
const executedRefundSchema = z.object({ refund: refundSchema }).meta({ id: 'ExecutedRefund' });
const pendingRefundSchema = z
  .object({
    refund: refundSchema.optional(),
    approvalRequest: z
      .object({
        id: z.uuid(),
        level: z.enum(levels),
        rule: z.string(),
        groups: z.array(z.string()),
      })
      .optional(),
  })
  .meta({ id: 'PendingRefund' });

@Controller('v1/refunds')
@Authenticated('staff', 'customer', 'guest', 'client')
export class RefundsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @ApiRoute({
    tag: 'Money',
    summary: 'Refund a customer within a case',
    responses: { 201: executedRefundSchema, 202: pendingRefundSchema },
    problems: [
      'authority.denied',
      'resource.not_found',
      'refund.account_unknown',
      'refund.currency_mixed',
    ],
  })
  async create(
    @Body({ schema: createRefundSchema }) input: CreateRefundInput,
    @CurrentActor() actor: Actor,
    @Idempotency({ required: true }) idempotency: IdempotencyRequest | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const created = await this.commands.execute(new CreateRefund(input, actor, idempotency));
    void reply.status(created.refund.state === 'executed' ? 201 : 202);
    return created;
  }

  @Get(':id')
  @ApiRoute({
    tag: 'Money',
    summary: 'Read a refund',
    responses: { 200: refundViewSchema },
    problems: ['authority.denied', 'resource.not_found'],
  })
  read(@PathId('id') id: string, @CurrentActor() actor: Actor): Promise<unknown> {
    return this.queries.execute(new GetRefund(id, actor));
  }
}
