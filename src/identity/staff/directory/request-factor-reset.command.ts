import { Command } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized, type RequestedApproval } from '../../../authority/index.js';
import { type Audited, receiptSchema } from '../../../ledger/index.js';
import { type Actor, levels } from '../../../platform/index.js';

export const requestedFactorResetSchema = z
  .object({
    approvalRequest: z.object({
      id: z.uuid(),
      level: z.enum(levels),
      rule: z.string(),
      groups: z.array(z.string()),
    }),
    receipt: receiptSchema,
  })
  .meta({ id: 'RequestedFactorReset' });

export interface RequestedFactorReset {
  readonly approvalRequest: RequestedApproval;
}

/** Asks that somebody who lost their authenticator may enrol anew; another person consents. */
@Authorized('staff.reset-factor')
export class RequestFactorReset extends Command<Audited<RequestedFactorReset>> {
  constructor(
    readonly staffId: string,
    readonly actor: Actor,
  ) {
    super();
  }
}
