import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority, refusalOf } from '../../authority/index.js';
import { CustomerSessions } from '../../identity/index.js';
import {
  type Audited,
  AuditedTransaction,
  committed,
  refused,
  type WriteOutcome,
} from '../../ledger/index.js';
import { tokenInvalid } from '../../platform/index.js';
import { Grants } from '../grants.js';
import { sessionProtected, sessionProtectionRefused } from '../verification.events.js';
import {
  type ProtectedSession,
  ReportSuspiciousActivity,
} from './report-suspicious-activity.command.js';

@CommandHandler(ReportSuspiciousActivity)
export class ReportSuspiciousActivityHandler implements ICommandHandler<ReportSuspiciousActivity> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly sessions: CustomerSessions,
    private readonly grants: Grants,
  ) {}

  async execute({ actor }: ReportSuspiciousActivity): Promise<Audited<ProtectedSession>> {
    return this.audited.run(actor, async (tx): Promise<WriteOutcome<ProtectedSession>> => {
      const decision = await this.authority.decide(tx, actor, 'customer-session.protect', {});
      if (decision.kind !== 'permit') {
        return refused(refusalOf(decision), sessionProtectionRefused({ decision, detail: {} }));
      }
      const left = await this.sessions.protect(tx);
      if (!left) {
        return refused(tokenInvalid(), sessionProtectionRefused({ decision, detail: {} }));
      }
      const voided = await this.grants.voidAll(tx);
      const { session, endedSessions } = left;
      const token = await this.sessions.issueToken(session);
      const resource = { kind: 'customer-session', id: session.id };
      return {
        ...committed(
          { ...token, acr: session.acr, endedSessions },
          sessionProtected({ decision, resource, detail: { endedSessions } }),
          ...voided,
        ),
        isKept: false,
      };
    });
  }
}
