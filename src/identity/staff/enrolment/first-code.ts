import { Injectable } from '@nestjs/common';

import { Clock } from '../../../platform/index.js';
import { Policies } from '../../../policy/index.js';
import { verifyTotp } from '../totp.js';
import { type PendingEnrolment, StaffEnrolments } from './staff-enrolments.js';

/** What a first code was found to be; the time step is null where it does not fit. */
export interface JudgedEnrolment extends PendingEnrolment {
  readonly step: number | null;
}

/** Judges the first code of an authenticator; each try is counted before it is looked at. */
@Injectable()
export class FirstCode {
  constructor(
    private readonly enrolments: StaffEnrolments,
    private readonly policies: Policies,
    private readonly clock: Clock,
  ) {}

  /** Null where no enrolment waits for a code. */
  async judge(input: { enrolmentToken: string; code: string }): Promise<JudgedEnrolment | null> {
    const pending = await this.enrolments.countTry(input.enrolmentToken);
    if (!pending) return null;
    const { secret, ...enrolment } = pending;
    const policy = this.policies.verification.totp;
    const now = this.clock.now();
    return { ...enrolment, step: await verifyTotp({ secret, code: input.code, now, policy }) };
  }
}
