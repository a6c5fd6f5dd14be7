import { Command } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../../../authority/index.js';
import { type Audited, receiptSchema } from '../../../ledger/index.js';
import type { Actor } from '../../../platform/index.js';
import { staffViewSchema, type StaffView } from './staff-view.js';

const emailCharactersMax = 254;
const rolesMax = 10;

export const roleNamesSchema = z.array(z.string().min(1).max(64)).min(1).max(rolesMax);

export const inviteStaffSchema = z
  .strictObject({ email: z.email().max(emailCharactersMax), roles: roleNamesSchema })
  .meta({ id: 'InviteStaff' });

export const invitedStaffSchema = z
  .object({ staff: staffViewSchema, receipt: receiptSchema })
  .meta({ id: 'InvitedStaff' });

export interface InvitedStaff {
  readonly staff: StaffView;
  /** Only where the link is printed; an e-mail's link is seen by its reader alone. */
  readonly link?: string;
}

/** How an invitation reaches its holder. `printed`: at the terminal of whoever runs the service. */
export type InvitationDelivery = 'sent' | 'printed';

/** Gives somebody access. Once more for the same address, before they enrolled, it replaces the link. */
@Authorized('staff.invite')
export class InviteStaff extends Command<Audited<InvitedStaff>> {
  constructor(
    readonly input: z.infer<typeof inviteStaffSchema>,
    readonly actor: Actor,
    readonly delivery: InvitationDelivery = 'sent',
  ) {
    super();
  }
}
