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
import { staffEnrolled, staffEnrolmentRefused } from '../staff.events.js';
import { staffProblems } from '../staff.problems.js';
import {
  type ConfirmedStaffEnrolment,
  ConfirmStaffEnrolment,
} from './confirm-staff-enrolment.command.js';
import { FirstCode } from './first-code.js';
import { StaffEnrolments } from './staff-enrolments.js';

type Reason = Parameters<typeof staffEnrolmentRefused>[0]['detail']['reason'];

@CommandHandler(ConfirmStaffEnrolment)
export class ConfirmStaffEnrolmentHandler implements ICommandHandler<ConfirmStaffEnrolment> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly enrolments: StaffEnrolments,
    private readonly credentials: StaffCredentials,
    private readonly firstCode: FirstCode,
  ) {}

  async execute({
    input,
    actor,
  }: ConfirmStaffEnrolment): Promise<Audited<ConfirmedStaffEnrolment>> {
    const judged = await this.firstCode.judge(input);
    return this.audited.run(actor, async (tx): Promise<WriteOutcome<ConfirmedStaffEnrolment>> => {
      const decision = await this.authority.decide(tx, actor, 'staff-enrolment.confirm', {});
      const resource = judged ? { resource: { kind: 'staff', id: judged.staffId } } : {};
      const refusal = (reason: Reason): ReturnType<typeof staffEnrolmentRefused> =>
        staffEnrolmentRefused({ decision, ...resource, detail: { step: 'code', reason } });
      if (decision.kind !== 'permit') return refused(refusalOf(decision), refusal('authority'));
      if (!judged) return refused(staffProblems['staff.link_expired'](), refusal('link'));
      const { step } = judged;
      if (step === null) return failed(staffSignInFailed(), refusal('code'));
      if (!(await this.enrolments.take(tx, input.enrolmentToken))) {
        return refused(staffProblems['staff.link_expired'](), refusal('link'));
      }
      const recoveryCodes = await this.credentials.enrol(tx, { ...judged, step });
      if (!recoveryCodes) return failed(staffProblems['staff.link_expired'](), refusal('disabled'));
      const detail = { recoveryCodes: recoveryCodes.length };
      return committed({ recoveryCodes }, staffEnrolled({ decision, ...resource, detail }));
    });
  }
}
