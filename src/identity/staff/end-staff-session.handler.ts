import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority } from '../../authority/index.js';
import {
  type Audited,
  AuditedTransaction,
  committed,
  refused,
  type WriteOutcome,
} from '../../ledger/index.js';
import { tokenInvalid } from '../../platform/index.js';
import { staffSessionEnded, staffSessionRefused } from '../identity.events.js';
import { type EndedStaffSession, EndStaffSession } from './end-staff-session.command.js';
import { CompanyProvider } from './oidc/company-provider.js';
import { StaffSessions } from './staff-sessions.js';

@CommandHandler(EndStaffSession)
export class EndStaffSessionHandler implements ICommandHandler<EndStaffSession> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly sessions: StaffSessions,
    private readonly provider: CompanyProvider,
  ) {}

  async execute({ actor }: EndStaffSession): Promise<Audited<EndedStaffSession>> {
    const isProviders = actor.assurance.method === 'oidc';
    const endSessionUrl = isProviders ? await this.provider.endSessionUrl() : null;
    return this.audited.run(actor, async (tx): Promise<WriteOutcome<EndedStaffSession>> => {
      const decision = await this.authority.decide(tx, actor, 'staff-session.end', {});
      if (decision.kind !== 'permit' || actor.sessionId === null) {
        const problem = 'problem' in decision ? decision.problem : tokenInvalid();
        return refused(
          problem,
          staffSessionRefused({ decision, detail: { step: 'end', reason: 'authority' } }),
        );
      }
      await this.sessions.revoke(tx, actor.sessionId);
      const resource = { kind: 'staff-session', id: actor.sessionId };
      const ended = endSessionUrl === null ? {} : { endSessionUrl };
      return committed(ended, staffSessionEnded({ decision, resource, detail: {} }));
    });
  }
}
