import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority, refusalOf } from '../../../authority/index.js';
import {
  type Audited,
  AuditedTransaction,
  committed,
  failed,
  refused,
  type WriteOutcome,
} from '../../../ledger/index.js';
import { staffSignInFailed } from '../../identity.problems.js';
import { StaffCredentials } from '../staff-credentials.js';
import { StaffLinks } from '../staff-links.js';
import { staffPasswordReset, staffPasswordResetRefused } from '../staff.events.js';
import { staffProblems } from '../staff.problems.js';
import { PasswordResetProof } from './password-reset-proof.js';
import { ResetStaffPassword, type StaffPasswordReset } from './reset-staff-password.command.js';

type Reason = Parameters<typeof staffPasswordResetRefused>[0]['detail']['reason'];

@CommandHandler(ResetStaffPassword)
export class ResetStaffPasswordHandler implements ICommandHandler<ResetStaffPassword> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly proof: PasswordResetProof,
    private readonly links: StaffLinks,
    private readonly credentials: StaffCredentials,
  ) {}

  async execute({ input, actor }: ResetStaffPassword): Promise<Audited<StaffPasswordReset>> {
    const judged = await this.proof.judge(input);
    return this.audited.run(actor, async (tx): Promise<WriteOutcome<StaffPasswordReset>> => {
      const decision = await this.authority.decide(tx, actor, 'staff-password.reset', {});
      const resource = judged ? { resource: { kind: 'staff', id: judged.link.staffId } } : {};
      const refusal = (reason: Reason): ReturnType<typeof staffPasswordResetRefused> =>
        staffPasswordResetRefused({ decision, ...resource, detail: { reason } });
      if (decision.kind !== 'permit') return refused(refusalOf(decision), refusal('authority'));
      if (!judged) return refused(staffProblems['staff.link_expired'](), refusal('link'));
      const { link, factor, passwordHash } = judged;
      if (!factor || !(await this.proof.takeFactor(tx, link, factor))) {
        return failed(staffSignInFailed(), refusal('code'));
      }
      if (!passwordHash || !(await this.links.take(tx, link))) {
        return refused(staffProblems['staff.link_expired'](), refusal('link'));
      }
      const { staffId } = link;
      const sessionsEnded = await this.credentials.changePassword(tx, staffId, passwordHash);
      const event = staffPasswordReset({ decision, ...resource, detail: { sessionsEnded } });
      return committed({ sessionsEnded }, event);
    });
  }
}
