import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';

import { Authority, Authorized, refusalOf } from '../authority/index.js';
import {
  type Audited,
  AuditedTransaction,
  disclosed,
  receiptSchema,
  refused,
} from '../ledger/index.js';
import { type Actor, platformProblems } from '../platform/index.js';
import { AuditLog } from './audit-log.js';
import { eventRead } from './audit.events.js';
import { ledgerEventSchema, type LedgerEventView, viewOfEvent } from './event-view.js';

export const ledgerEventAnswerSchema = ledgerEventSchema
  .extend({ receipt: receiptSchema.describe('Of the event that records this reading') })
  .meta({ id: 'LedgerEventAnswer' });

/** Shows one audit event. */
@Authorized('ledger.read-event')
export class GetEvent extends Query<Audited<LedgerEventView>> {
  constructor(
    readonly eventId: string,
    readonly actor: Actor,
  ) {
    super();
  }
}

@QueryHandler(GetEvent)
export class GetEventHandler implements IQueryHandler<GetEvent> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly log: AuditLog,
  ) {}

  execute({ actor, eventId }: GetEvent): Promise<Audited<LedgerEventView>> {
    const resource = { kind: 'audit-event', id: eventId };
    return this.audited.disclose<LedgerEventView>(actor, async (tx) => {
      const decision = await this.authority.decide(tx, actor, 'ledger.read-event', {});
      const found = await this.log.findEvent(eventId);
      const detail = { isFound: found !== null };
      if (decision.kind !== 'permit') {
        // Whether it exists is not told to who may not read it, nor left in what they caused.
        const unseen = eventRead({ decision, resource, detail: { isFound: false } });
        return refused(refusalOf(decision), unseen);
      }
      if (!found) {
        return refused(
          platformProblems['resource.not_found'](),
          eventRead({ decision, resource, detail }),
        );
      }
      return disclosed(
        viewOfEvent(found),
        eventRead({ decision, resource, subjectRef: null, dataAccessed: ['event'], detail }),
      );
    });
  }
}
