import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authority, Authorized, refusalOf } from '../../../authority/index.js';
import {
  type Audited,
  AuditedTransaction,
  disclosed,
  receiptSchema,
  refused,
} from '../../../ledger/index.js';
import type { Actor } from '../../../platform/index.js';
import { StaffSessions } from '../staff-sessions.js';
import { staffAdministrationRefused, staffSessionsListed } from '../staff.events.js';

export const listStaffSessionsSchema = z.strictObject({
  staffId: z.uuid().optional().describe('Somebody else’s; one’s own where absent'),
});

export const staffSessionListSchema = z
  .object({
    items: z.array(
      z.object({
        id: z.uuid(),
        current: z.boolean(),
        method: z.string(),
        amr: z.array(z.string()),
        authenticatedAt: z.iso.datetime(),
        lastSeenAt: z.iso.datetime(),
        expiresAt: z.iso.datetime(),
      }),
    ),
    receipt: receiptSchema,
  })
  .meta({ id: 'StaffSessionList' });
export type StaffSessionList = Omit<z.infer<typeof staffSessionListSchema>, 'receipt'>;

/** The sessions of a member of staff that are alive, newest first. */
@Authorized('staff-session.list', 'staff-session.list-others')
export class ListStaffSessions extends Query<Audited<StaffSessionList>> {
  constructor(
    readonly input: z.infer<typeof listStaffSessionsSchema>,
    readonly actor: Actor,
  ) {
    super();
  }
}

@QueryHandler(ListStaffSessions)
export class ListStaffSessionsHandler implements IQueryHandler<ListStaffSessions> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly sessions: StaffSessions,
  ) {}

  execute({ actor, input }: ListStaffSessions): Promise<Audited<StaffSessionList>> {
    const staffId = input.staffId ?? actor.id;
    const action = staffId === actor.id ? 'staff-session.list' : 'staff-session.list-others';
    return this.audited.disclose<StaffSessionList>(actor, async (tx) => {
      const resource = { kind: 'staff', id: staffId };
      const decision = await this.authority.decide(tx, actor, action, { resource });
      if (decision.kind !== 'permit') {
        const refusal = staffAdministrationRefused({ decision, resource, detail: { action } });
        return refused(refusalOf(decision), refusal);
      }
      const found = await this.sessions.list(tx, staffId);
      const items = found.map(({ id, method, amr, ...times }) => ({
        id,
        current: id === actor.sessionId,
        method,
        amr: [...amr],
        authenticatedAt: times.authenticatedAt.toISOString(),
        lastSeenAt: times.lastSeenAt.toISOString(),
        expiresAt: times.expiresAt.toISOString(),
      }));
      const detail = { staffId, sessions: items.length };
      return disclosed({ items }, staffSessionsListed({ decision, resource, detail }));
    });
  }
}
