import { Command } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../../authority/index.js';
import { type Audited, receiptSchema } from '../../ledger/index.js';
import { type Actor, type Level, levels } from '../../platform/index.js';
import type { StaffTokens } from './staff-sessions.js';

export const verifyStaffFactorSchema = z
  .strictObject({
    mfaToken: z.string().min(1).max(128),
    code: z.string().min(1).max(64),
  })
  .meta({ id: 'VerifyStaffFactor' });

export const createdStaffSessionSchema = z
  .object({
    accessToken: z.string(),
    tokenType: z.literal('Bearer'),
    refreshToken: z.string().describe('Good once; each refresh gives the next'),
    expiresIn: z.int().describe('Seconds'),
    roles: z.array(z.string()),
    level: z.enum(levels).nullable(),
    receipt: receiptSchema,
  })
  .meta({ id: 'StaffSession' });

export interface CreatedStaffSession extends StaffTokens {
  readonly roles: readonly string[];
  readonly level: Level | null;
}

/** Judges the one-time code of a staff sign-in and opens the session. */
@Authorized('staff-session.verify-factor')
export class VerifyStaffFactor extends Command<Audited<CreatedStaffSession>> {
  constructor(
    readonly input: z.infer<typeof verifyStaffFactorSchema>,
    readonly actor: Actor,
  ) {
    super();
  }
}
