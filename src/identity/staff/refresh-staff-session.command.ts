import { Command } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../../authority/index.js';
import type { Audited } from '../../ledger/index.js';
import type { Actor } from '../../platform/index.js';
import type { CreatedStaffSession } from './verify-staff-factor.command.js';

export const refreshStaffSessionSchema = z
  .strictObject({ refreshToken: z.string().min(1).max(128) })
  .meta({ id: 'RefreshStaffSession' });

/** Gives a staff session fresh tokens. A refresh is no activity and no authentication. */
@Authorized('staff-session.refresh')
export class RefreshStaffSession extends Command<Audited<CreatedStaffSession>> {
  constructor(
    readonly input: z.infer<typeof refreshStaffSessionSchema>,
    readonly actor: Actor,
  ) {
    super();
  }
}
