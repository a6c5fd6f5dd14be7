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
import { staffSessionRefused } from '../identity.events.js';
import { staffSignInFailed } from '../identity.problems.js';
import { SessionOpening } from './session-opening.js';
import { lockOf } from './sign-in-staff.handler.js';
import type { CountedStaff } from './staff-accounts.js';
import { type ProvenFactor, StaffFactor } from './staff-factor.js';
import type { StaffProof } from './staff-sessions.js';
import { type CreatedStaffSession, VerifyStaffFactor } from './verify-staff-factor.command.js';

@CommandHandler(VerifyStaffFactor)
export class VerifyStaffFactorHandler implements ICommandHandler<VerifyStaffFactor> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly factor: StaffFactor,
    private readonly opening: SessionOpening,
  ) {}

  async execute({ input, actor }: VerifyStaffFactor): Promise<Audited<CreatedStaffSession>> {
    const { staff, factor } = await this.factor.judge(input.mfaToken, input.code);
    return this.audited.run(actor, async (tx): Promise<WriteOutcome<CreatedStaffSession>> => {
      const decision = await this.authority.decide(tx, actor, 'staff-session.verify-factor', {});
      if (decision.kind !== 'permit') {
        const problem = 'problem' in decision ? decision.problem : staffSignInFailed();
        return refused(problem, refusal(staff, 'authority'));
      }
      if (!staff || !factor) {
        return failed(
          staffSignInFailed(),
          refusal(staff, staff ? 'credentials' : 'token'),
          ...lockOf(staff),
        );
      }
      if (!(await this.factor.take(tx, { staff, factor, mfaToken: input.mfaToken }))) {
        return failed(staffSignInFailed(), refusal(staff, 'code_reused'), ...lockOf(staff));
      }
      const proof = proofOf(factor);
      const { result, events } = await this.opening.open(tx, staff, { proof, decision });
      return committed(result, ...events);
    });
  }
}

/** Knowledge and possession (RFC 8176 `pwd`, `otp`): a recovery code is a one-time password too. */
function proofOf({ kind }: ProvenFactor): StaffProof {
  return { amr: ['pwd', 'otp'], method: kind };
}

type Reason = Parameters<typeof staffSessionRefused>[0]['detail']['reason'];

function refusal(
  staff: CountedStaff | null,
  reason: Reason,
): ReturnType<typeof staffSessionRefused> {
  const resource = staff ? { resource: { kind: 'staff', id: staff.id } } : {};
  return staffSessionRefused({ ...resource, detail: { step: 'code', reason } });
}
