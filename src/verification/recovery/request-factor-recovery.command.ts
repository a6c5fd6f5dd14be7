import { Command } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../../authority/index.js';
import { type Audited, type IdempotencyRequest, receiptSchema } from '../../ledger/index.js';
import { type Actor, levels } from '../../platform/index.js';
import { proofings } from '../protection/release-lockout.command.js';

export const requestFactorRecoverySchema = z
  .strictObject({
    customerNumber: z.string().regex(/^[A-Za-z0-9-]{1,32}$/),
    proofing: z.enum(proofings).describe('How the customer was proofed before'),
  })
  .meta({ id: 'RequestFactorRecovery' });

const requestedSchema = z.object({
  recovery: z.object({ id: z.uuid(), state: z.literal('awaiting_approval') }),
  approvalRequest: z.object({
    id: z.uuid(),
    level: z.enum(levels),
    rule: z.string(),
    groups: z.array(z.string()),
  }),
});
export type RequestedFactorRecovery = z.output<typeof requestedSchema>;

export const requestedFactorRecoverySchema = requestedSchema
  .extend({ receipt: receiptSchema })
  .meta({ id: 'RequestedFactorRecovery' });

/** Asks a second person to consent to the recovery of a customer who lost every factor of theirs. */
@Authorized('factor-recovery.request')
export class RequestFactorRecovery extends Command<Audited<RequestedFactorRecovery>> {
  constructor(
    readonly input: z.infer<typeof requestFactorRecoverySchema>,
    readonly actor: Actor,
    readonly idempotency?: IdempotencyRequest,
  ) {
    super();
  }
}
