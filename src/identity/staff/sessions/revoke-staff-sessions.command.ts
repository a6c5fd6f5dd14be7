import { Command } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../../../authority/index.js';
import { type Audited, receiptSchema } from '../../../ledger/index.js';
import type { Actor } from '../../../platform/index.js';

export const revokedStaffSessionsSchema = z
  .object({ sessionsEnded: z.int(), receipt: receiptSchema })
  .meta({ id: 'RevokedStaffSessions' });

export interface RevokedStaffSessions {
  readonly sessionsEnded: number;
}

/** One session, or all of somebody's. */
export type RevocationTarget = { readonly sessionId: string } | { readonly staffId: string };

/** Ends sessions: one's own, or as administrator or security those of others. */
@Authorized('staff-session.end', 'staff-session.revoke')
export class RevokeStaffSessions extends Command<Audited<RevokedStaffSessions>> {
  constructor(
    readonly target: RevocationTarget,
    readonly actor: Actor,
  ) {
    super();
  }
}
