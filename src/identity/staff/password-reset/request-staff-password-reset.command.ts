import { Command } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../../../authority/index.js';
import { type Audited, receiptSchema } from '../../../ledger/index.js';
import type { Actor } from '../../../platform/index.js';

const emailCharactersMax = 254;

export const requestStaffPasswordResetSchema = z
  .strictObject({ email: z.string().min(1).max(emailCharactersMax) })
  .meta({ id: 'RequestStaffPasswordReset' });

export const requestedStaffPasswordResetSchema = z
  .object({ receipt: receiptSchema })
  .meta({ id: 'RequestedStaffPasswordReset' });

/** Asks for a link to reset a password. Whether there is such an account does not show. */
@Authorized('staff-password.request-reset')
export class RequestStaffPasswordReset extends Command<Audited<object>> {
  constructor(
    readonly input: z.infer<typeof requestStaffPasswordResetSchema>,
    readonly actor: Actor,
  ) {
    super();
  }
}
