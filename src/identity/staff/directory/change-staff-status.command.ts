import { Command } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../../../authority/index.js';
import type { Audited } from '../../../ledger/index.js';
import type { Actor } from '../../../platform/index.js';
import type { ChangedStaff } from './staff-view.js';

export const changeStaffStatusSchema = z
  .strictObject({ status: z.enum(['active', 'disabled']) })
  .meta({ id: 'ChangeStaffStatus' });

/** Disables somebody else's account, which ends its sessions and links, or enables it again. */
@Authorized('staff.change-status')
export class ChangeStaffStatus extends Command<Audited<ChangedStaff>> {
  constructor(
    readonly staffId: string,
    readonly input: z.infer<typeof changeStaffStatusSchema>,
    readonly actor: Actor,
  ) {
    super();
  }
}
