import { Command } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../../authority/index.js';
import type { Audited, IdempotencyRequest } from '../../ledger/index.js';
import type { Actor } from '../../platform/index.js';
import { createRefundSchema } from './create-refund.command.js';
import type { CreatedRefund } from './refund-intent.js';

export const createFeeReversalSchema = createRefundSchema
  .extend({ transactionId: z.uuid().describe('The fee, as the bank booked it') })
  .meta({ id: 'CreateFeeReversal' });
export type CreateFeeReversalInput = z.infer<typeof createFeeReversalSchema>;

/** Gives back a fee that the bank took, whole or in part, within a case. */
@Authorized('fee-reversal.create')
export class CreateFeeReversal extends Command<Audited<CreatedRefund>> {
  constructor(
    readonly input: CreateFeeReversalInput,
    readonly actor: Actor,
    readonly idempotency: IdempotencyRequest | undefined,
  ) {
    super();
  }
}
