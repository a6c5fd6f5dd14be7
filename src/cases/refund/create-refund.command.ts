import { Command } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../../authority/index.js';
import type { Audited, IdempotencyRequest } from '../../ledger/index.js';
import { type Actor, positiveMoneySchema } from '../../platform/index.js';
import type { CreatedRefund } from './refund-intent.js';

const reasonCharactersMax = 500;

export const createRefundSchema = z
  .strictObject({
    caseId: z.uuid(),
    amount: positiveMoneySchema,
    reason: z.string().trim().min(1).max(reasonCharactersMax),
    category: z
      .string()
      .regex(/^[a-z-]{1,40}$/)
      .optional(),
  })
  .meta({ id: 'CreateRefund' });
export type CreateRefundInput = z.infer<typeof createRefundSchema>;

/** Refunds a customer within a case: at once within one's authority, else by request. */
@Authorized('refund.create')
export class CreateRefund extends Command<Audited<CreatedRefund>> {
  constructor(
    readonly input: CreateRefundInput,
    readonly actor: Actor,
    readonly idempotency: IdempotencyRequest | undefined,
  ) {
    super();
  }
}
