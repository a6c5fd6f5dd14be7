import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority, refusalOf } from '../../authority/index.js';
import {
  type Audited,
  AuditedTransaction,
  committed,
  refused,
  type Tx,
  type WriteOutcome,
} from '../../ledger/index.js';
import { matchesEtag, platformProblems, type Problem } from '../../platform/index.js';
import { Case, etagOf } from '../case.entity.js';
import {
  containmentReleased,
  containmentReleaseRefused,
  containmentReleaseRequested,
} from '../cases.events.js';
import { caseProblems } from '../cases.problems.js';
import { ApplyContainments } from './apply-containments.js';
import { containmentTransitions } from './containment-state.js';
import { containmentView } from './containment-view.js';
import type { Containment } from './containment.entity.js';
import { aboutContainment, Containments, withoutEffect } from './containments.js';
import { ReleaseContainment, type ReleasedContainment } from './release-containment.command.js';

@CommandHandler(ReleaseContainment)
export class ReleaseContainmentHandler implements ICommandHandler<ReleaseContainment> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly containments: Containments,
    private readonly apply: ApplyContainments,
  ) {}

  /** The bank is asked after the commit; until it confirms, the measure stands and is tried again. */
  async execute(command: ReleaseContainment): Promise<Audited<ReleasedContainment>> {
    const { actor, conditions } = command;
    const requested = await this.audited.run(actor, (tx) => this.#request(tx, command), {
      idempotency: conditions.idempotency,
    });
    await this.apply.attempt(requested.containment.id, actor.origin.requestId);
    const current = await this.containments.find(requested.containment.id);
    if (!current) return requested;
    return { ...requested, containment: containmentView(current, actor, true) };
  }

  async #request(
    tx: Tx,
    { actor, input, conditions }: ReleaseContainment,
  ): Promise<WriteOutcome<ReleasedContainment>> {
    const { caseId, containmentId } = input;
    const found = await this.containments.lock(tx, containmentId);
    const held = found?.caseId === caseId ? found : null;
    const resource = { kind: 'containment', id: containmentId };
    const decision = await this.authority.decide(tx, actor, 'containment.release', {
      // The card's holder may undo it, whoever asked for it.
      resource: { ...resource, ownerSubjectRef: held?.holderSubjectRef ?? null },
      caseId,
    });
    const about = held && (await tx.manager.findOneBy(Case, { id: held.caseId }));
    const obstacle =
      decision.kind === 'permit'
        ? obstacleOf(held, about, conditions.ifMatch)
        : refusalOf(decision);
    if (obstacle !== null || held === null) {
      const problem = obstacle ?? platformProblems['resource.not_found']();
      const detail = { containmentId };
      return refused(problem, containmentReleaseRefused({ decision, resource, detail }));
    }
    const told = { ...aboutContainment(held), decision, subjectRef: held.holderSubjectRef };
    if (held.cardId === null) {
      held.moveTo('released', tx.now);
      Object.assign(held, withoutEffect(null));
    } else {
      held.pendingEffect = 'release';
    }
    await this.containments.save(tx, held);
    const report = held.cardId === null ? containmentReleased : containmentReleaseRequested;
    return committed({ containment: containmentView(held, actor, true) }, report(told));
  }
}

function obstacleOf(
  held: Containment | null,
  about: Case | null,
  ifMatch: string | null,
): Problem | null {
  if (!held || !about) return platformProblems['resource.not_found']();
  if (held.state === 'released') {
    const allowed = containmentTransitions[held.state];
    return caseProblems['containment.not_releasable']({ allowed });
  }
  return matchesEtag(ifMatch, etagOf(about.version)) ? null : caseProblems['case.changed']();
}
