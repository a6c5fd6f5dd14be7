import { Injectable } from '@nestjs/common';

import { Clock } from '../../platform/index.js';
import { Policies } from '../../policy/index.js';

/** The instants that a sweep compares with. */
@Injectable()
export class ApprovalTimes {
  constructor(
    private readonly clock: Clock,
    private readonly policies: Policies,
  ) {}

  now(): Date {
    return this.clock.now();
  }

  /** A claim older than this is of a process that went away. */
  claimedBefore(): Date {
    const { executionLeaseSeconds } = this.policies.authority.approvals;
    return new Date(this.clock.now().getTime() - executionLeaseSeconds * 1_000);
  }
}
