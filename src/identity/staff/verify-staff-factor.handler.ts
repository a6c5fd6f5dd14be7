import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority } from '../../authority/index.js';
import {
  type Audited,
  AuditedTransaction,
  committed,
  type DecisionReference,
  failed,
  refused,
  type Tx,
  type WriteOutcome,
} from '../../ledger/index.js';
import { IdSource } from '../../platform/index.js';
import { staffSessionCreated, staffSessionRefused } from '../identity.events.js';
import { staffSignInFailed } from '../identity.problems.js';
import { lockOf } from './sign-in-staff.handler.js';
import type { CountedStaff } from './staff-accounts.js';
import { StaffFactor } from './staff-factor.js';
import { StaffSessions } from './staff-sessions.js';
import { type CreatedStaffSession, VerifyStaffFactor } from './verify-staff-factor.command.js';

@CommandHandler(VerifyStaffFactor)
export class VerifyStaffFactorHandler implements ICommandHandler<VerifyStaffFactor> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly factor: StaffFactor,
    private readonly sessions: StaffSessions,
    private readonly ids: IdSource,
  ) {}

  async execute({ input, actor }: VerifyStaffFactor): Promise<Audited<CreatedStaffSession>> {
    const { staff, step } = await this.factor.judge(input.mfaToken, input.code);
    return this.audited.run(actor, async (tx): Promise<WriteOutcome<CreatedStaffSession>> => {
      const decision = await this.authority.decide(tx, actor, 'staff-session.verify-factor', {});
      if (decision.kind !== 'permit') {
        const problem = 'problem' in decision ? decision.problem : staffSignInFailed();
        return refused(problem, refusal(staff, 'authority'));
      }
      if (!staff || step === null) {
        return failed(
          staffSignInFailed(),
          refusal(staff, staff ? 'credentials' : 'token'),
          ...lockOf(staff),
        );
      }
      if (!(await this.factor.take(tx, { staff, step, mfaToken: input.mfaToken }))) {
        return failed(staffSignInFailed(), refusal(staff, 'code_reused'), ...lockOf(staff));
      }
      return this.#open(tx, staff, decision);
    });
  }

  async #open(
    tx: Tx,
    staff: CountedStaff,
    decision: DecisionReference,
  ): Promise<WriteOutcome<CreatedStaffSession>> {
    const session = await this.sessions.open(tx, this.ids.ordered(), staff);
    const tokens = await this.sessions.issueTokens(tx, session);
    const { roles, level } = staff;
    return committed(
      { ...tokens, roles, level },
      staffSessionCreated({
        decision,
        resource: { kind: 'staff-session', id: session.id },
        detail: {
          staffId: staff.id,
          acr: session.acr,
          amr: [...session.amr],
          roles: [...roles],
          level,
        },
      }),
    );
  }
}

type Reason = Parameters<typeof staffSessionRefused>[0]['detail']['reason'];

function refusal(
  staff: CountedStaff | null,
  reason: Reason,
): ReturnType<typeof staffSessionRefused> {
  const resource = staff ? { resource: { kind: 'staff', id: staff.id } } : {};
  return staffSessionRefused({ ...resource, detail: { step: 'code', reason } });
}
