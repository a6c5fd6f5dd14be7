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
import {
  CreateFeeReversal,
  type CreateFeeReversalInput,
  createFeeReversalSchema,
} from './create-fee-reversal.command.js';
import { GetRefund, refundViewSchema } from './get-refund.query.js';
import { refundStates } from './refund-state.js';

const refundSchema = z.object({ id: z.uuid(), state: z.enum(refundStates) });
const executedRefundSchema = z.object({ refund: refundSchema }).meta({ id: 'ExecutedRefund' });
const approvalRequestSchema = z
  .object({
    id: z.uuid(),
    level: z.enum(levels),
    rule: z.string(),
    groups: z.array(z.string()),
  })
  .optional();
const pendingRefundSchema = z
  .object({ refund: refundSchema.optional(), approvalRequest: approvalRequestSchema })
  .meta({ id: 'PendingRefund' });
const executedReversalSchema = z
  .object({ feeReversal: refundSchema })
  .meta({ id: 'ExecutedFeeReversal' });
const pendingReversalSchema = z
  .object({ feeReversal: refundSchema.optional(), approvalRequest: approvalRequestSchema })
  .meta({ id: 'PendingFeeReversal' });

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

@Controller('v1/fee-reversals')
@Authenticated('staff', 'customer', 'guest', 'client')
export class FeeReversalsController {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiRoute({
    tag: 'Money',
    summary: 'Give back a fee within a case',
    responses: { 201: executedReversalSchema, 202: pendingReversalSchema },
    problems: [
      'authority.denied',
      'resource.not_found',
      'refund.account_unknown',
      'refund.currency_mixed',
      'fee_reversal.fee_unknown',
      'fee_reversal.exceeds_fee',
    ],
  })
  async create(
    @Body({ schema: createFeeReversalSchema }) input: CreateFeeReversalInput,
    @CurrentActor() actor: Actor,
    @Idempotency({ required: true }) idempotency: IdempotencyRequest | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const command = new CreateFeeReversal(input, actor, idempotency);
    const { refund, ...rest } = await this.commands.execute(command);
    void reply.status(refund.state === 'executed' ? 201 : 202);
    return { feeReversal: refund, ...rest };
  }
}
