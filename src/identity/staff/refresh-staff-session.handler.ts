import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority } from '../../authority/index.js';
import {
  type Audited,
  AuditedTransaction,
  committed,
  failed,
  refused,
  type WriteOutcome,
} from '../../ledger/index.js';
import type { Problem } from '../../platform/index.js';
import {
  staffRefreshReused,
  staffSessionRefreshed,
  staffSessionRefused,
} from '../identity.events.js';
import { identityProblems, signInChallenge } from '../identity.problems.js';
import { RefreshStaffSession } from './refresh-staff-session.command.js';
import { StaffSessions } from './staff-sessions.js';
import type { CreatedStaffSession } from './verify-staff-factor.command.js';

@CommandHandler(RefreshStaffSession)
export class RefreshStaffSessionHandler implements ICommandHandler<RefreshStaffSession> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly sessions: StaffSessions,
  ) {}

  async execute({ input, actor }: RefreshStaffSession): Promise<Audited<CreatedStaffSession>> {
    return this.audited.run(actor, async (tx): Promise<WriteOutcome<CreatedStaffSession>> => {
      const decision = await this.authority.decide(tx, actor, 'staff-session.refresh', {});
      if (decision.kind !== 'permit') {
        const problem = 'problem' in decision ? decision.problem : refreshRefused();
        return refused(
          problem,
          staffSessionRefused({ decision, detail: { step: 'refresh', reason: 'authority' } }),
        );
      }
      const redeemed = await this.sessions.redeem(tx, input.refreshToken);
      switch (redeemed.kind) {
        case 'unknown':
          return failed(
            refreshRefused(),
            staffSessionRefused({ decision, detail: { step: 'refresh', reason: 'token' } }),
          );
        case 'reused':
          // Nobody can tell the thief from the owner: the whole family ends (RFC 9700 §4.14.2).
          await this.sessions.revoke(tx, redeemed.sessionId);
          return failed(
            refreshRefused(),
            staffRefreshReused({
              decision,
              resource: { kind: 'staff-session', id: redeemed.sessionId },
              detail: {},
            }),
          );
        case 'good': {
          const { session } = redeemed;
          const tokens = await this.sessions.issueTokens(tx, session);
          return committed(
            { ...tokens, roles: session.roles, level: session.level },
            staffSessionRefreshed({
              decision,
              resource: { kind: 'staff-session', id: session.id },
              detail: {},
            }),
          );
        }
      }
    });
  }
}

const refreshRefused = (): Problem =>
  identityProblems['staff.refresh_refused']({ headers: signInChallenge('staff', 'invalid_token') });
