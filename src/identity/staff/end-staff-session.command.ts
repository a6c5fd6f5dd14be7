import { Command } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../../authority/index.js';
import { type Audited, receiptSchema } from '../../ledger/index.js';
import type { Actor } from '../../platform/index.js';

export const endedStaffSessionSchema = z
  .object({
    endSessionUrl: z
      .string()
      .optional()
      .describe('Where the browser also ends the session at the company’s provider'),
    receipt: receiptSchema,
  })
  .meta({ id: 'StaffSessionEnded' });

export interface EndedStaffSession {
  readonly endSessionUrl?: string;
}

/** Ends the session that the request came with. */
@Authorized('staff-session.end')
export class EndStaffSession extends Command<Audited<EndedStaffSession>> {
  constructor(readonly actor: Actor) {
    super();
  }
}
