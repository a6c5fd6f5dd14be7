import { Command } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../authority/index.js';
import { type Audited, receiptSchema } from '../ledger/index.js';
import { type Actor, type AssuranceLevel, assuranceLevels } from '../platform/index.js';

const assertionCharactersMax = 4096;

export const customerNumberSchema = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,32}$/, 'Letters, digits and hyphens, at most 32');

const passcodeSignInSchema = z.strictObject({
  customerNumber: customerNumberSchema,
  passcode: z.string().min(1).max(64),
});

const assertionSignInSchema = z.strictObject({
  assertion: z.string().min(1).max(assertionCharactersMax).describe('A JWT signed by the bank'),
});

export const createCustomerSessionSchema = z
  .union([passcodeSignInSchema, assertionSignInSchema])
  .meta({ id: 'CreateCustomerSession' });

export const createdCustomerSessionSchema = z
  .object({
    accessToken: z.string(),
    tokenType: z.literal('Bearer'),
    expiresIn: z.int().describe('Seconds'),
    refreshToken: z.string().describe('Good once, for fresh tokens of the same session'),
    acr: z.enum(assuranceLevels),
    amr: z.array(z.string()),
    receipt: receiptSchema,
  })
  .meta({ id: 'CustomerSession' });

export interface CreatedCustomerSession {
  readonly accessToken: string;
  readonly tokenType: 'Bearer';
  readonly expiresIn: number;
  readonly refreshToken: string;
  readonly acr: AssuranceLevel;
  readonly amr: readonly string[];
}

/** Signs a customer in by the bank's own login: one factor, `aal1`. */
@Authorized('customer-session.create')
export class CreateCustomerSession extends Command<Audited<CreatedCustomerSession>> {
  constructor(
    readonly input: z.infer<typeof createCustomerSessionSchema>,
    readonly actor: Actor,
  ) {
    super();
  }
}
