import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority, refusalOf } from '../authority/index.js';
import {
  type Audited,
  AuditedTransaction,
  committed,
  failed,
  refused,
  type WriteOutcome,
} from '../ledger/index.js';
import type { CreatedCustomerSession } from './create-customer-session.command.js';
import { CustomerSessions } from './customer-sessions.js';
import { sessionRefreshed, sessionRefreshReused, sessionRefused } from './identity.events.js';
import { customerRefreshRefused } from './identity.problems.js';
import { RefreshCustomerSession } from './refresh-customer-session.command.js';
import { CustomerRefreshTokens } from './refresh-tokens.js';

@CommandHandler(RefreshCustomerSession)
export class RefreshCustomerSessionHandler implements ICommandHandler<RefreshCustomerSession> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly sessions: CustomerSessions,
    private readonly refreshTokens: CustomerRefreshTokens,
  ) {}

  execute({ input, actor }: RefreshCustomerSession): Promise<Audited<CreatedCustomerSession>> {
    return this.audited.run(actor, async (tx): Promise<WriteOutcome<CreatedCustomerSession>> => {
      const decision = await this.authority.decide(tx, actor, 'customer-session.refresh', {});
      if (decision.kind !== 'permit') {
        const detail = { reason: 'authority' } as const;
        return refused(refusalOf(decision), sessionRefused({ decision, detail }));
      }
      const taken = await this.refreshTokens.take(tx, input.refreshToken);
      if (taken?.isReused === true) {
        // Nobody can tell the thief from the owner: the whole family ends (RFC 9700 §4.14.2).
        await this.sessions.revoke(tx, taken.sessionId);
        const resource = { kind: 'customer-session', id: taken.sessionId };
        return failed(
          customerRefreshRefused(),
          sessionRefreshReused({ decision, resource, detail: {} }),
        );
      }
      const session = taken && (await this.sessions.findStanding(tx, taken.sessionId));
      if (!session) {
        const detail = { reason: 'token' } as const;
        return failed(customerRefreshRefused(), sessionRefused({ decision, detail }));
      }
      const refreshToken = await this.refreshTokens.issue(tx, session.id);
      const token = await this.sessions.issueToken(session);
      return committed(
        { ...token, refreshToken, acr: session.acr, amr: session.amr },
        sessionRefreshed({
          decision,
          subjectRef: session.subjectRef,
          resource: { kind: 'customer-session', id: session.id },
          detail: {},
        }),
      );
    });
  }
}
