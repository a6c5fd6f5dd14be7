import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority, refusalOf } from '../../../authority/index.js';
import {
  type Audited,
  AuditedTransaction,
  committed,
  refused,
  type Tx,
  type WriteOutcome,
} from '../../../ledger/index.js';
import { platformProblems, type SessionId } from '../../../platform/index.js';
import { StaffSessions } from '../staff-sessions.js';
import { staffAdministrationRefused, staffSessionsRevoked } from '../staff.events.js';
import {
  type RevocationTarget,
  RevokeStaffSessions,
  type RevokedStaffSessions,
} from './revoke-staff-sessions.command.js';

@CommandHandler(RevokeStaffSessions)
export class RevokeStaffSessionsHandler implements ICommandHandler<RevokeStaffSessions> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly sessions: StaffSessions,
  ) {}

  async execute({ target, actor }: RevokeStaffSessions): Promise<Audited<RevokedStaffSessions>> {
    return this.audited.run(actor, async (tx): Promise<WriteOutcome<RevokedStaffSessions>> => {
      const holder =
        'staffId' in target ? target.staffId : await this.sessions.holderOf(tx, target.sessionId);
      const action = holder === actor.id ? 'staff-session.end' : 'staff-session.revoke';
      const decision = await this.authority.decide(tx, actor, action, {});
      const refusal = staffAdministrationRefused({ decision, detail: { action } });
      if (holder === null) return refused(platformProblems['resource.not_found'](), refusal);
      if (decision.kind !== 'permit') {
        // Another's session is not there for who may not end it: the two answers are one.
        const isForeign = decision.kind === 'deny' && 'sessionId' in target;
        const problem = isForeign ? platformProblems['resource.not_found']() : refusalOf(decision);
        return refused(problem, refusal);
      }
      const sessionsEnded = await this.#end(tx, target);
      return committed(
        { sessionsEnded },
        staffSessionsRevoked({
          decision,
          resource: { kind: 'staff', id: holder },
          detail: { staffId: holder, sessionsEnded },
        }),
      );
    });
  }

  async #end(tx: Tx, target: RevocationTarget): Promise<number> {
    if ('staffId' in target) return this.sessions.revokeAll(tx, target.staffId);
    await this.sessions.revoke(tx, target.sessionId as SessionId);
    return 1;
  }
}
