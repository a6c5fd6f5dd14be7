import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';

import { Authority, Authorized, refusalOf } from '../authority/index.js';
import { AuditedTransaction, disclosed, refused } from '../ledger/index.js';
import { type Actor, platformProblems } from '../platform/index.js';
import { AuditLog } from './audit-log.js';
import { logRead } from './audit.events.js';
import { ReadingSessions } from './reading-sessions.js';

/** Shows the newest checkpoint, a signed note (C2SP tlog-checkpoint). */
@Authorized('ledger.read-log')
export class GetCheckpoint extends Query<string> {
  constructor(readonly actor: Actor) {
    super();
  }
}

@QueryHandler(GetCheckpoint)
export class GetCheckpointHandler implements IQueryHandler<GetCheckpoint> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly log: AuditLog,
    private readonly sessions: ReadingSessions,
  ) {}

  async execute({ actor }: GetCheckpoint): Promise<string> {
    const checkpoint = await this.log.findCheckpoint();
    const decision = await this.authority.decide(null, actor, 'ledger.read-log', {});
    if (decision.kind !== 'permit' || !this.sessions.isRecorded(actor)) {
      await this.audited.disclose(actor, () => {
        const event = logRead({ decision, subjectRef: null, detail: { resource: 'checkpoint' } });
        const isPermitted = decision.kind === 'permit';
        return Promise.resolve(
          isPermitted ? disclosed({}, event) : refused(refusalOf(decision), event),
        );
      });
      this.sessions.record(actor);
    }
    if (!checkpoint) throw platformProblems['resource.not_found']();
    return checkpoint.note;
  }
}
