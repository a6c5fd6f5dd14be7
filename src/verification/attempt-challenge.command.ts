import { Command } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../authority/index.js';
import { type Audited, receiptSchema } from '../ledger/index.js';
import { type Actor, type AssuranceLevel, assuranceLevels } from '../platform/index.js';

export const attemptChallengeSchema = z
  .strictObject({ code: z.string().min(1).max(64) })
  .meta({ id: 'AttemptChallenge' });

export const verifiedChallengeSchema = z
  .object({
    status: z.literal('verified'),
    acr: z.enum(assuranceLevels),
    accessToken: z
      .string()
      .describe('States the new assurance; the earlier token stays at its own'),
    tokenType: z.literal('Bearer'),
    expiresIn: z.int(),
    resumed: z
      .looseObject({})
      .optional()
      .describe('The answer to the message that waited for the code'),
    receipt: receiptSchema,
  })
  .meta({ id: 'VerifiedChallenge' });

export interface VerifiedChallenge {
  readonly status: 'verified';
  readonly acr: AssuranceLevel;
  readonly accessToken: string;
  readonly tokenType: 'Bearer';
  readonly expiresIn: number;
  readonly resumed?: object;
}

/** Presents a code. */
@Authorized('challenge.attempt')
export class AttemptChallenge extends Command<Audited<VerifiedChallenge>> {
  constructor(
    readonly challengeId: string,
    readonly input: z.infer<typeof attemptChallengeSchema>,
    readonly actor: Actor,
  ) {
    super();
  }
}
