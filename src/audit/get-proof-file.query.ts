import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';

import { Authority, Authorized, refusalOf } from '../authority/index.js';
import {
  type Audited,
  AuditedTransaction,
  disclosed,
  formatEntry,
  formatProofFile,
  refused,
} from '../ledger/index.js';
import { type Actor, platformProblems } from '../platform/index.js';
import { AuditLog } from './audit-log.js';
import { inclusionProved } from './audit.events.js';
import { auditProblems } from './audit.problems.js';
import { EventProofs } from './event-proofs.js';

export interface ProofFileView {
  /** C2SP tlog-proof, with the entry itself as its extra data. */
  readonly text: string;
}

/** Shows all that proves an event offline, as one file (C2SP tlog-proof). */
@Authorized('ledger.prove')
export class GetProofFile extends Query<Audited<ProofFileView>> {
  constructor(
    readonly eventId: string,
    readonly actor: Actor,
  ) {
    super();
  }
}

@QueryHandler(GetProofFile)
export class GetProofFileHandler implements IQueryHandler<GetProofFile> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly log: AuditLog,
    private readonly proofs: EventProofs,
  ) {}

  execute({ actor, eventId }: GetProofFile): Promise<Audited<ProofFileView>> {
    const resource = { kind: 'audit-event', id: eventId };
    const nothing = { leafIndex: null, treeSize: null };
    return this.audited.disclose<ProofFileView>(actor, async (tx) => {
      const decision = await this.authority.decide(tx, actor, 'ledger.prove', {});
      const refusal = inclusionProved({ decision, resource, detail: nothing });
      if (decision.kind !== 'permit') return refused(refusalOf(decision), refusal);
      const event = await this.log.findEvent(eventId);
      if (!event) return refused(platformProblems['resource.not_found'](), refusal);
      const { checkpoint, inclusions } = await this.proofs.prove([event]);
      const inclusion = inclusions.get(event.id);
      if (!inclusion || checkpoint === null || event.leafIndex === null) {
        return refused(auditProblems['proof.not_yet_sealed'](), refusal);
      }
      const { leafIndex, text } = event;
      const file = formatProofFile({
        leafIndex,
        proof: inclusion.proof.map((hash) => Buffer.from(hash, 'base64')),
        checkpoint,
        extra: formatEntry(leafIndex, Buffer.from(inclusion.prev, 'hex'), text),
      });
      const detail = { leafIndex, treeSize: Number(checkpoint.split('\n')[1]) };
      return disclosed(
        { text: file },
        inclusionProved({ decision, resource, subjectRef: null, dataAccessed: ['event'], detail }),
      );
    });
  }
}
