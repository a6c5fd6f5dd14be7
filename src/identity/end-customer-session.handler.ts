import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority } from '../authority/index.js';
import {
  type Audited,
  AuditedTransaction,
  committed,
  refused,
  type WriteOutcome,
} from '../ledger/index.js';
import { tokenInvalid } from '../platform/index.js';
import { CustomerSessions } from './customer-sessions.js';
import { EndCustomerSession } from './end-customer-session.command.js';
import { sessionEnded, sessionRefused } from './identity.events.js';

@CommandHandler(EndCustomerSession)
export class EndCustomerSessionHandler implements ICommandHandler<EndCustomerSession> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly sessions: CustomerSessions,
  ) {}

  async execute({ actor }: EndCustomerSession): Promise<Audited<object>> {
    return this.audited.run(actor, async (tx): Promise<WriteOutcome<object>> => {
      const decision = await this.authority.decide(tx, actor, 'customer-session.end', {});
      if (decision.kind !== 'permit' || actor.sessionId === null) {
        const problem = 'problem' in decision ? decision.problem : tokenInvalid();
        return refused(problem, sessionRefused({ decision, detail: { reason: 'authority' } }));
      }
      await this.sessions.revoke(tx, actor.sessionId);
      const resource = { kind: 'customer-session', id: actor.sessionId };
      return committed({}, sessionEnded({ decision, resource, detail: {} }));
    });
  }
}
