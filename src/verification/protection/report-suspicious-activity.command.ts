import { Command } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../../authority/index.js';
import { type Audited, receiptSchema } from '../../ledger/index.js';
import { type Actor, assuranceLevels } from '../../platform/index.js';

const protectedSessionSchema = z.object({
  accessToken: z.string().describe('States what is left: the bank’s own login'),
  tokenType: z.literal('Bearer'),
  expiresIn: z.int(),
  acr: z.enum(assuranceLevels),
  endedSessions: z.int().describe('Other sessions of the customer that were ended'),
});
export type ProtectedSession = z.output<typeof protectedSessionSchema>;

export const protectedSessionAnswerSchema = protectedSessionSchema
  .extend({ receipt: receiptSchema })
  .meta({ id: 'ProtectedSession' });

/**
 * "Suspicious activity on my account": ends every other session of the customer, takes back what this
 * one has proven beyond the bank's own login, and what its codes are still good for.
 */
@Authorized('customer-session.protect')
export class ReportSuspiciousActivity extends Command<Audited<ProtectedSession>> {
  constructor(readonly actor: Actor) {
    super();
  }
}
