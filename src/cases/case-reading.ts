import { Injectable } from '@nestjs/common';

import { Authority, refusalOf } from '../authority/index.js';
import {
  type Audited,
  type AuditEventDraft,
  AuditedTransaction,
  disclosed,
  refused,
  type Tx,
} from '../ledger/index.js';
import { type Actor, type CaseId, platformProblems, type SubjectRef } from '../platform/index.js';
import { Case } from './case.entity.js';
import { caseAccessRefused, caseDisclosed } from './cases.events.js';
import { Containment } from './containment/containment.entity.js';

/** A part of a case that somebody asks to see. */
export interface CaseRequest<View extends object> {
  readonly caseId: string;
  readonly part: 'case' | 'containments' | 'deadlines';
  readonly action: string;
  readonly show: (
    tx: Tx,
    about: Case,
  ) => Promise<{
    view: View;
    dataAccessed: readonly string[];
    events?: readonly AuditEventDraft[];
  }>;
}

/** The one road by which a case is shown: authority, then the event, then the view. */
@Injectable()
export class CaseReading {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
  ) {}

  read<View extends object>(actor: Actor, request: CaseRequest<View>): Promise<Audited<View>> {
    const { caseId, part } = request;
    return this.audited.disclose<View>(actor, async (tx) => {
      const about = await tx.manager.findOneBy(Case, { id: caseId as CaseId });
      const resource = { kind: 'case', id: caseId };
      const ownerSubjectRef = about && (await this.#ownerOf(tx, about));
      const decision = await this.authority.decide(tx, actor, request.action, {
        resource: { ...resource, ownerSubjectRef },
        caseId,
      });
      if (decision.kind !== 'permit' || !about) {
        const problem =
          decision.kind === 'permit'
            ? platformProblems['resource.not_found']()
            : refusalOf(decision);
        return refused(problem, caseAccessRefused({ decision, resource, detail: { part } }));
      }
      const { view, dataAccessed, events = [] } = await request.show(tx, about);
      const event = caseDisclosed({
        decision,
        resource,
        subjectRef: about.subjectRef,
        caseId: about.id,
        dataAccessed,
        detail: { part },
      });
      return disclosed(view, event, ...events);
    });
  }

  /** Whether the reader may see what the case knows of accounts and transactions. */
  async mayReadTransaction(tx: Tx, { id, type, subjectRef }: Case): Promise<boolean> {
    const decision = await this.authority.decide(tx, tx.actor, 'dispute.read-transaction', {
      // A holder who did not give the notice sees its progress, not what somebody else told.
      resource: { kind: 'case', id, ownerSubjectRef: subjectRef },
      caseId: id,
      defaultPurpose: type === 'fraud' ? 'fraud' : 'dispute',
    });
    return decision.kind === 'permit';
  }

  /** Whether the reader may see flags, links and clocks that follow from the bank's transactions. */
  async maySeeBankFacts(tx: Tx, about: Case): Promise<boolean> {
    const { kind } = tx.actor;
    if (kind !== 'customer' && kind !== 'guest') return true;
    return this.mayReadTransaction(tx, about);
  }

  /** Who gave the notice; or the holder of a card that it protects, who may undo that. */
  async #ownerOf({ actor, manager }: Tx, { id: caseId, subjectRef }: Case): Promise<SubjectRef> {
    const { subjectRef: holderSubjectRef } = actor;
    if (holderSubjectRef === null || holderSubjectRef === subjectRef) return subjectRef;
    const isHolder = await manager.existsBy(Containment, { caseId, holderSubjectRef });
    return isHolder ? holderSubjectRef : subjectRef;
  }
}
