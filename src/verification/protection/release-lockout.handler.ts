import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority, refusalOf } from '../../authority/index.js';
import { Customers } from '../../identity/index.js';
import {
  type Audited,
  AuditedTransaction,
  committed,
  refused,
  type WriteOutcome,
} from '../../ledger/index.js';
import { platformProblems } from '../../platform/index.js';
import { AttemptCounters } from '../attempt-counters.js';
import { lockoutReleased, lockoutReleaseRefused } from '../verification.events.js';
import { ReleaseLockout, type ReleasedLockout } from './release-lockout.command.js';

@CommandHandler(ReleaseLockout)
export class ReleaseLockoutHandler implements ICommandHandler<ReleaseLockout> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly customers: Customers,
    private readonly counters: AttemptCounters,
  ) {}

  async execute({ actor, input, idempotency }: ReleaseLockout): Promise<Audited<ReleasedLockout>> {
    return this.audited.run(
      actor,
      async (tx): Promise<WriteOutcome<ReleasedLockout>> => {
        const decision = await this.authority.decide(tx, actor, 'lockout.release', {});
        if (decision.kind !== 'permit') {
          return refused(refusalOf(decision), lockoutReleaseRefused({ decision, detail: {} }));
        }
        const subjectRef = await this.customers.find(tx, input.customerNumber);
        if (subjectRef === null) {
          const problem = platformProblems['resource.not_found']();
          return refused(problem, lockoutReleaseRefused({ decision, detail: {} }));
        }
        const released = await this.counters.release(tx, subjectRef);
        const detail = { ...released, proofing: input.proofing };
        return committed(released, lockoutReleased({ decision, subjectRef, detail }));
      },
      { idempotency },
    );
  }
}
