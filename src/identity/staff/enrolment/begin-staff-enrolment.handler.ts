import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import encodeQR from 'qr';

import { Authority, refusalOf } from '../../../authority/index.js';
import {
  type Audited,
  AuditedTransaction,
  committed,
  refused,
  type WriteOutcome,
} from '../../../ledger/index.js';
import { ChosenPasswords } from '../chosen-passwords.js';
import { StaffLinks } from '../staff-links.js';
import { staffEnrolmentBegun, staffEnrolmentRefused } from '../staff.events.js';
import { staffProblems } from '../staff.problems.js';
import { BeginStaffEnrolment, type BegunStaffEnrolment } from './begin-staff-enrolment.command.js';
import { StaffEnrolments } from './staff-enrolments.js';

@CommandHandler(BeginStaffEnrolment)
export class BeginStaffEnrolmentHandler implements ICommandHandler<BeginStaffEnrolment> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly links: StaffLinks,
    private readonly enrolments: StaffEnrolments,
    private readonly passwords: ChosenPasswords,
  ) {}

  async execute({ input, actor }: BeginStaffEnrolment): Promise<Audited<BegunStaffEnrolment>> {
    const link = await this.links.find('enrolment', input.token);
    const email = link ? await this.enrolments.emailOf(link.staffId) : '';
    // A weak password is told before the link is used up; whom a dead link belonged to is not.
    const passwordHash = link
      ? await this.passwords.accept({ password: input.password, email })
      : null;
    return this.audited.run(actor, async (tx): Promise<WriteOutcome<BegunStaffEnrolment>> => {
      const decision = await this.authority.decide(tx, actor, 'staff-enrolment.begin', {});
      const refusal = (reason: 'link' | 'authority'): ReturnType<typeof staffEnrolmentRefused> =>
        staffEnrolmentRefused({ decision, detail: { step: 'link', reason } });
      if (decision.kind !== 'permit') return refused(refusalOf(decision), refusal('authority'));
      if (!link || !passwordHash || !(await this.links.take(tx, link))) {
        return refused(staffProblems['staff.link_expired'](), refusal('link'));
      }
      const { staffId } = link;
      const begun = await this.enrolments.begin(tx, { staffId, email, passwordHash });
      return committed(
        {
          ...begun,
          expiresAt: begun.expiresAt.toISOString(),
          qrSvg: encodeQR(begun.otpauthUri, 'svg'),
        },
        staffEnrolmentBegun({ decision, resource: { kind: 'staff', id: staffId }, detail: {} }),
      );
    });
  }
}
