import { z } from 'zod';

import { receiptSchema } from '../../../ledger/index.js';
import { levels } from '../../../platform/index.js';
import { disablingReasons, type StaffEntry, staffStatuses } from '../staff-directory.js';

export const staffViewSchema = z
  .object({
    id: z.uuid(),
    email: z.string().nullable(),
    roles: z.array(z.string()),
    level: z.enum(levels).nullable().describe('The highest that one of the roles carries'),
    status: z.enum(staffStatuses),
    disabledReason: z.enum(disablingReasons).nullable(),
    lockedUntil: z.iso.datetime().nullable(),
    createdAt: z.iso.datetime(),
    lastUsedAt: z.iso.datetime(),
  })
  .meta({ id: 'StaffMember' });
export type StaffView = z.infer<typeof staffViewSchema>;

export const changedStaffSchema = z
  .object({ staff: staffViewSchema, receipt: receiptSchema })
  .meta({ id: 'ChangedStaffMember' });

export interface ChangedStaff {
  readonly staff: StaffView;
}

export function viewOfStaff(entry: StaffEntry): StaffView {
  const { id, email, roles, level, status, disabledReason, lockedUntil } = entry;
  return {
    id,
    email,
    roles: [...roles],
    level,
    status,
    disabledReason,
    lockedUntil: lockedUntil?.toISOString() ?? null,
    createdAt: entry.createdAt.toISOString(),
    lastUsedAt: entry.lastUsedAt.toISOString(),
  };
}
