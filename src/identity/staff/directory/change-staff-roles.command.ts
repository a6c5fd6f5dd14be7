import { Command } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../../../authority/index.js';
import type { Audited } from '../../../ledger/index.js';
import type { Actor } from '../../../platform/index.js';
import { roleNamesSchema } from './invite-staff.command.js';
import type { ChangedStaff } from './staff-view.js';

export const changeStaffRolesSchema = z
  .strictObject({ roles: roleNamesSchema })
  .meta({ id: 'ChangeStaffRoles' });

/** Gives somebody else these roles in place of those they had; the level follows from the roles. */
@Authorized('staff.change-roles')
export class ChangeStaffRoles extends Command<Audited<ChangedStaff>> {
  constructor(
    readonly staffId: string,
    readonly input: z.infer<typeof changeStaffRolesSchema>,
    readonly actor: Actor,
  ) {
    super();
  }
}
