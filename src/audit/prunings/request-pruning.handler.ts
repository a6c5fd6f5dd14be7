import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority, refusalOf } from '../../authority/index.js';
import { type Audited, AuditedTransaction, committed, refused } from '../../ledger/index.js';
import { pruningRequested } from '../audit.events.js';
import { PruningRuns } from './pruning-runs.js';
import { RequestPruning, type RequestedPruning } from './request-pruning.command.js';

@CommandHandler(RequestPruning)
export class RequestPruningHandler implements ICommandHandler<RequestPruning> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly runs: PruningRuns,
  ) {}

  async execute({ actor, idempotency }: RequestPruning): Promise<Audited<RequestedPruning>> {
    const requested = await this.audited.run<RequestedPruning>(
      actor,
      async (tx) => {
        const decision = await this.authority.decide(tx, actor, 'ledger.prune', {});
        if (decision.kind !== 'permit') {
          const detail = { from: null, to: null, keptUntil: null };
          return refused(refusalOf(decision), pruningRequested({ decision, detail }));
        }
        const { from, to, keptUntil, problem } = await this.runs.judge(tx.now);
        const detail = { from, to, keptUntil: keptUntil?.toISOString() ?? null };
        const event = pruningRequested({ decision, subjectRef: null, detail });
        return problem ? refused(problem, event) : committed({ from, to }, event);
      },
      { idempotency },
    );
    this.runs.wake();
    return requested;
  }
}
