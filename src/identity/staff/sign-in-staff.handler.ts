import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority } from '../../authority/index.js';
import { AuditedTransaction, failed, refused, type WriteOutcome } from '../../ledger/index.js';
import { staffLocked, staffPasswordAccepted, staffSessionRefused } from '../identity.events.js';
import { identityProblems, signInChallenge, staffSignInFailed } from '../identity.problems.js';
import { Passwords } from './passwords.js';
import { SignInStaff } from './sign-in-staff.command.js';
import { type CountedStaff, StaffAccounts } from './staff-accounts.js';
import { StaffSignIns } from './staff-sign-ins.js';

@CommandHandler(SignInStaff)
export class SignInStaffHandler implements ICommandHandler<SignInStaff> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly accounts: StaffAccounts,
    private readonly signIns: StaffSignIns,
    private readonly passwords: Passwords,
  ) {}

  async execute({ input, actor }: SignInStaff): Promise<never> {
    // Unknown, locked and disabled accounts cost a comparison too: one answer, one time.
    const { account: staff, fits } = await this.passwords.judge(input.password, () =>
      this.accounts.countByEmail(input.email),
    );
    await this.audited.run(actor, async (tx): Promise<WriteOutcome<object>> => {
      const decision = await this.authority.decide(tx, actor, 'staff-session.create', {});
      if (decision.kind !== 'permit') {
        const problem = 'problem' in decision ? decision.problem : staffSignInFailed();
        return refused(problem, refusal(staff, 'authority'));
      }
      if (!staff || !fits) {
        return failed(
          staffSignInFailed(),
          refusal(staff, staff ? 'credentials' : 'unknown_or_locked'),
          ...lockOf(staff),
        );
      }
      await this.accounts.giveBack(tx, staff.id);
      const mfaToken = await this.signIns.begin(tx, staff.id);
      const headers = signInChallenge('staff', 'mfa_required');
      return failed(
        identityProblems['staff.mfa_required']({ mfaToken, headers }),
        staffPasswordAccepted({
          decision,
          resource: { kind: 'staff', id: staff.id },
          outcome: 'success',
          detail: {},
        }),
      );
    });
    throw new Error('A password alone signs nobody in');
  }
}

type Refusal = ReturnType<typeof staffSessionRefused>;
type Reason = Parameters<typeof staffSessionRefused>[0]['detail']['reason'];

function refusal(staff: CountedStaff | null, reason: Reason): Refusal {
  const resource = staff ? { resource: { kind: 'staff', id: staff.id } } : {};
  return staffSessionRefused({ ...resource, detail: { step: 'password', reason } });
}

/** The event of a lock, where this failure brought one. */
export function lockOf(staff: CountedStaff | null): ReturnType<typeof staffLocked>[] {
  if (!staff?.locks) return [];
  return [
    staffLocked({
      resource: { kind: 'staff', id: staff.id },
      detail: { failures: staff.failures },
    }),
  ];
}
