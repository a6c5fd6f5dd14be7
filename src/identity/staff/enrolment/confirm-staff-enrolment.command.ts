import { Command } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../../../authority/index.js';
import { type Audited, receiptSchema } from '../../../ledger/index.js';
import type { Actor } from '../../../platform/index.js';
import { linkTokenSchema } from './begin-staff-enrolment.command.js';

const codeCharactersMax = 64;

export const confirmStaffEnrolmentSchema = z
  .strictObject({ enrolmentToken: linkTokenSchema, code: z.string().min(1).max(codeCharactersMax) })
  .meta({ id: 'ConfirmStaffEnrolment' });

export const confirmedStaffEnrolmentSchema = z
  .object({
    recoveryCodes: z.array(z.string()).describe('Each good once in place of a code; shown once'),
    receipt: receiptSchema,
  })
  .meta({ id: 'ConfirmedStaffEnrolment' });

export interface ConfirmedStaffEnrolment {
  readonly recoveryCodes: readonly string[];
}

/** Proves the new authenticator by its first code: from now on password and code sign in. */
@Authorized('staff-enrolment.confirm')
export class ConfirmStaffEnrolment extends Command<Audited<ConfirmedStaffEnrolment>> {
  constructor(
    readonly input: z.infer<typeof confirmStaffEnrolmentSchema>,
    readonly actor: Actor,
  ) {
    super();
  }
}
