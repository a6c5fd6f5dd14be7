import { Injectable } from '@nestjs/common';

import type { Tx } from '../../ledger/index.js';
import { Clock } from '../../platform/index.js';
import { Policies } from '../../policy/index.js';
import { type CountedStaff, StaffAccounts } from './staff-accounts.js';
import { StaffSignIns } from './staff-sign-ins.js';
import { verifyTotp } from './totp.js';

/** What a code was found to be: whose, and of which time step; null where it may not or does not fit. */
export interface JudgedFactor {
  readonly staff: CountedStaff | null;
  readonly step: number | null;
}

/** Judges the one-time code of a staff member and takes it, so that nobody can use it again. */
@Injectable()
export class StaffFactor {
  constructor(
    private readonly accounts: StaffAccounts,
    private readonly signIns: StaffSignIns,
    private readonly policies: Policies,
    private readonly clock: Clock,
  ) {}

  /** The attempt is counted before the code is looked at, whoever wins what follows. */
  async judge(mfaToken: string, code: string): Promise<JudgedFactor> {
    const staffId = await this.signIns.find(mfaToken);
    const staff = staffId === null ? null : await this.accounts.countById(staffId);
    if (!staff) return { staff: null, step: null };
    const secret = this.accounts.openTotpSecret(staff);
    const policy = this.policies.verification.totp;
    return { staff, step: await verifyTotp({ secret, code, now: this.clock.now(), policy }) };
  }

  /** Takes the time step and the sign-in's token; true once for each. */
  async take(
    tx: Tx,
    { staff, step, mfaToken }: { staff: CountedStaff; step: number; mfaToken: string },
  ): Promise<boolean> {
    return (await this.signIns.take(tx, mfaToken)) && this.accounts.takeStep(tx, staff.id, step);
  }
}
