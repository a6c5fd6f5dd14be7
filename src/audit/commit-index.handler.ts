import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority, refusalOf } from '../authority/index.js';
import {
  type AdvancedIndex,
  type Audited,
  AuditedTransaction,
  AuditIndex,
  committed,
  indexCommitted,
  refused,
} from '../ledger/index.js';
import { indexCommitmentRefused } from './audit.events.js';
import { CommitIndex } from './commit-index.command.js';

@CommandHandler(CommitIndex)
export class CommitIndexHandler implements ICommandHandler<CommitIndex> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly index: AuditIndex,
  ) {}

  execute({ actor, idempotency }: CommitIndex): Promise<Audited<AdvancedIndex>> {
    return this.audited.run<AdvancedIndex>(
      actor,
      async (tx) => {
        const decision = await this.authority.decide(tx, actor, 'ledger.commit-index', {});
        if (decision.kind !== 'permit') {
          const detail = {};
          return refused(refusalOf(decision), indexCommitmentRefused({ decision, detail }));
        }
        const detail = await this.index.advance(tx);
        return committed(detail, indexCommitted({ decision, subjectRef: null, detail }));
      },
      { idempotency },
    );
  }
}
