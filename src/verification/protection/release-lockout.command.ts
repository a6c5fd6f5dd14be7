import { Command } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../../authority/index.js';
import { type Audited, type IdempotencyRequest, receiptSchema } from '../../ledger/index.js';
import type { Actor } from '../../platform/index.js';

/** How a person made sure whom they deal with (NIST SP 800-63A-4 §2.3); a closed list, so that no text tells of anybody. */
export const proofings = ['call-back', 'branch', 'video', 'document'] as const;

export const releaseLockoutSchema = z
  .strictObject({
    customerNumber: z.string().regex(/^[A-Za-z0-9-]{1,32}$/),
    proofing: z.enum(proofings).describe('How the customer was proofed before'),
  })
  .meta({ id: 'ReleaseLockout' });

const releasedSchema = z.object({
  wasLocked: z.boolean(),
  failures: z.int().describe('Consecutive failures until now'),
});
export type ReleasedLockout = z.output<typeof releasedSchema>;

export const releasedLockoutSchema = releasedSchema
  .extend({ receipt: receiptSchema })
  .meta({ id: 'ReleasedLockout' });

/** A person's reset of a customer's failures, which alone ends a lock after a hundred of them. */
@Authorized('lockout.release')
export class ReleaseLockout extends Command<Audited<ReleasedLockout>> {
  constructor(
    readonly input: z.infer<typeof releaseLockoutSchema>,
    readonly actor: Actor,
    readonly idempotency?: IdempotencyRequest,
  ) {
    super();
  }
}
