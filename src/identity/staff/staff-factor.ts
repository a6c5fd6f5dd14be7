import { Injectable } from '@nestjs/common';

import type { Tx } from '../../ledger/index.js';
import { Clock } from '../../platform/index.js';
import { Policies } from '../../policy/index.js';
import { StaffRecoveryCodes } from './recovery-codes.js';
import { type CountedStaff, StaffAccounts } from './staff-accounts.js';
import { StaffSignIns } from './staff-sign-ins.js';
import { verifyTotp } from './totp.js';

/** A second factor that fits, and is still to be taken: until then others may come with the same. */
export type ProvenFactor =
  | { readonly kind: 'totp'; readonly step: number }
  | { readonly kind: 'recovery-code'; readonly code: string };

/** What a code was found to be: whose, and of which factor; null where it may not or does not fit. */
export interface JudgedFactor {
  readonly staff: CountedStaff | null;
  readonly factor: ProvenFactor | null;
}

/** Judges the second factor of a staff member and takes it, so that nobody can use it again. */
@Injectable()
export class StaffFactor {
  constructor(
    private readonly accounts: StaffAccounts,
    private readonly signIns: StaffSignIns,
    private readonly recoveryCodes: StaffRecoveryCodes,
    private readonly policies: Policies,
    private readonly clock: Clock,
  ) {}

  /** The attempt is counted before the code is looked at, whoever wins what follows. */
  async judge(mfaToken: string, code: string): Promise<JudgedFactor> {
    const staffId = await this.signIns.find(mfaToken);
    const staff = staffId === null ? null : await this.accounts.countById(staffId);
    return { staff, factor: staff ? await this.judgeOf(staff.id, code) : null };
  }

  /** The same for an account that proved itself otherwise; the caller counts. */
  async judgeOf(staffId: string, code: string): Promise<ProvenFactor | null> {
    const secret = await this.accounts.findTotpSecret(staffId);
    if (secret === null) return null;
    const policy = this.policies.verification.totp;
    const step = await verifyTotp({ secret, code, now: this.clock.now(), policy });
    if (step !== null) return { kind: 'totp', step };
    const isGood = await this.recoveryCodes.isGood(staffId, code);
    return isGood ? { kind: 'recovery-code', code } : null;
  }

  /** Takes the factor and the sign-in's token; true once for each. */
  async take(
    tx: Tx,
    { staff, factor, mfaToken }: { staff: CountedStaff; factor: ProvenFactor; mfaToken: string },
  ): Promise<boolean> {
    return (await this.signIns.take(tx, mfaToken)) && this.takeOf(tx, staff.id, factor);
  }

  async takeOf(tx: Tx, staffId: string, factor: ProvenFactor): Promise<boolean> {
    if (factor.kind === 'totp') return this.accounts.takeStep(tx, staffId, factor.step);
    const isTaken = await this.recoveryCodes.take(tx, staffId, factor.code);
    if (isTaken) await this.accounts.succeed(tx, staffId);
    return isTaken;
  }
}
