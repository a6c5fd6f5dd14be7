import { Injectable } from '@nestjs/common';

import type { AuditEventDraft, DecisionReference, Tx } from '../../ledger/index.js';
import { Config, IdSource } from '../../platform/index.js';
import { staffSessionCreated } from '../identity.events.js';
import { StaffMail } from './staff-mail.js';
import { type SessionHolder, type StaffProof, StaffSessions } from './staff-sessions.js';
import { staffBreakGlassUsed, staffRecoveryCodeUsed } from './staff.events.js';
import type { CreatedStaffSession } from './verify-staff-factor.command.js';

/** A session that was opened, with its events, the session's own first. */
export interface OpenedSession {
  readonly result: CreatedStaffSession;
  readonly events: readonly [AuditEventDraft, ...AuditEventDraft[]];
}

/** Ends a sign-in, whichever way it came: the session, its tokens, and what there is to tell. */
@Injectable()
export class SessionOpening {
  constructor(
    private readonly sessions: StaffSessions,
    private readonly ids: IdSource,
    private readonly mail: StaffMail,
    private readonly config: Config,
  ) {}

  async open(
    tx: Tx,
    holder: SessionHolder,
    { proof, decision }: { proof: StaffProof; decision: DecisionReference },
  ): Promise<OpenedSession> {
    const { id: staffId, roles, level } = holder;
    const session = await this.sessions.open(tx, this.ids.ordered(), { staff: holder, proof });
    const tokens = await this.sessions.issueTokens(tx, session);
    const created = staffSessionCreated({
      decision,
      resource: { kind: 'staff-session', id: session.id },
      detail: { staffId, acr: session.acr, amr: [...session.amr], roles: [...roles], level },
    });
    const more = await this.#exceptions(tx, staffId, proof);
    return { result: { ...tokens, roles, level }, events: [created, ...more] };
  }

  /** A way in that is not the usual one is an event of its own. */
  async #exceptions(
    tx: Tx,
    staffId: string,
    { method }: StaffProof,
  ): Promise<readonly AuditEventDraft[]> {
    const resource = { kind: 'staff', id: staffId };
    const isBreakGlass = this.config.oidc !== null && method !== 'oidc';
    if (isBreakGlass) await this.mail.tellOfBreakGlass(tx);
    return [
      ...(isBreakGlass ? [staffBreakGlassUsed({ resource, detail: { staffId } })] : []),
      ...(method === 'recovery-code' ? [staffRecoveryCodeUsed({ resource, detail: {} })] : []),
    ];
  }
}
