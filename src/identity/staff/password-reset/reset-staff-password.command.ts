import { Command } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../../../authority/index.js';
import { type Audited, receiptSchema } from '../../../ledger/index.js';
import type { Actor } from '../../../platform/index.js';
import {
  chosenPasswordSchema,
  linkTokenSchema,
} from '../enrolment/begin-staff-enrolment.command.js';

const codeCharactersMax = 64;

export const resetStaffPasswordSchema = z
  .strictObject({
    token: linkTokenSchema,
    code: z
      .string()
      .min(1)
      .max(codeCharactersMax)
      .describe('Of the authenticator, or a recovery code'),
    password: chosenPasswordSchema,
  })
  .meta({ id: 'ResetStaffPassword' });

export const resetStaffPasswordResultSchema = z
  .object({ sessionsEnded: z.int(), receipt: receiptSchema })
  .meta({ id: 'StaffPasswordReset' });

export interface StaffPasswordReset {
  readonly sessionsEnded: number;
}

/** Sets another password by link and second factor; a mailbox alone changes nothing. */
@Authorized('staff-password.reset')
export class ResetStaffPassword extends Command<Audited<StaffPasswordReset>> {
  constructor(
    readonly input: z.infer<typeof resetStaffPasswordSchema>,
    readonly actor: Actor,
  ) {
    super();
  }
}
