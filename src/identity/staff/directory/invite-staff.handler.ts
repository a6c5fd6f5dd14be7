import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority, refusalOf } from '../../../authority/index.js';
import {
  type Audited,
  AuditedTransaction,
  committed,
  refused,
  type WriteOutcome,
} from '../../../ledger/index.js';
import { Policies } from '../../../policy/index.js';
import { StaffMail } from '../staff-mail.js';
import { rolesOf, unknownRole } from '../staff-roles.js';
import { staffAdministrationRefused, staffInvited } from '../staff.events.js';
import { staffProblems } from '../staff.problems.js';
import { type InvitedStaff, InviteStaff } from './invite-staff.command.js';
import { StaffInvitations } from './staff-invitations.js';
import { viewOfStaff } from './staff-view.js';

@CommandHandler(InviteStaff)
export class InviteStaffHandler implements ICommandHandler<InviteStaff> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly invitations: StaffInvitations,
    private readonly mail: StaffMail,
    private readonly policies: Policies,
  ) {}

  async execute({ input, actor, delivery }: InviteStaff): Promise<Audited<InvitedStaff>> {
    const invalid = unknownRole(this.policies.authority, input.roles);
    if (invalid) throw invalid;
    return this.audited.run(actor, async (tx): Promise<WriteOutcome<InvitedStaff>> => {
      const decision = await this.authority.decide(tx, actor, 'staff.invite', {});
      const refusal = staffAdministrationRefused({ decision, detail: { action: 'staff.invite' } });
      if (decision.kind !== 'permit') return refused(refusalOf(decision), refusal);
      const roles = rolesOf(this.policies.authority, input.roles);
      const invited = await this.invitations.invite(tx, { email: input.email, ...roles });
      if (!invited) return refused(staffProblems['staff.enrolled_already'](), refusal);
      const { entry, token } = invited;
      if (token !== null && delivery === 'sent') {
        await this.mail.sendEnrolmentLink(tx, entry.email, token);
      }
      return committed(
        {
          staff: viewOfStaff(entry),
          ...(token !== null && delivery === 'printed'
            ? { link: this.mail.addressOf('enrolment', token) }
            : {}),
        },
        staffInvited({
          decision,
          resource: { kind: 'staff', id: entry.id },
          detail: {
            roles: [...roles.roles],
            level: roles.level,
            link: token === null ? 'none' : delivery,
          },
        }),
      );
    });
  }
}
