import { Command } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../authority/index.js';
import type { Audited, IdempotencyRequest } from '../ledger/index.js';
import { type Actor, positiveMoneySchema } from '../platform/index.js';
import type { ChallengeView } from './challenge-view.js';
import { challengeMethods } from './challenge.entity.js';

export const createChallengeSchema = z
  .strictObject({
    // Any other name is a method that is not available, which is no malformed input.
    method: z.union([z.enum(challengeMethods), z.string().regex(/^[a-z][a-z0-9-]{0,31}$/)]),
    purpose: z.string().regex(/^[a-z][a-z-]{0,62}$/),
    resource: z
      .string()
      .min(1)
      .max(128)
      .optional()
      .describe('What the code is good for, where not all of the purpose'),
    amount: positiveMoneySchema.optional().describe('Where money moves; the code is bound to it'),
    payee: z
      .string()
      .min(1)
      .max(140)
      .optional()
      .describe('Where money moves; the code is bound to it'),
    customerNumber: z
      .string()
      .regex(/^[A-Za-z0-9-]{1,32}$/)
      .optional()
      .describe('Needed of a guest, refused of a customer'),
  })
  .refine(({ amount, payee }) => (amount === undefined) === (payee === undefined), {
    path: ['payee'],
    error: 'amount and payee come together',
  })
  .meta({ id: 'CreateChallenge' });

/** Opens a challenge for the actor's session, or answers with the one that is open for the same. */
@Authorized('challenge.create')
export class CreateChallenge extends Command<Audited<ChallengeView>> {
  constructor(
    readonly input: z.infer<typeof createChallengeSchema>,
    readonly actor: Actor,
    readonly idempotency?: IdempotencyRequest,
  ) {
    super();
  }
}
