import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';

import { Authority, refusalOf } from '../../authority/index.js';
import {
  type Audited,
  AuditedTransaction,
  committed,
  type DecisionReference,
  failed,
  refused,
  type Tx,
  type WriteOutcome,
} from '../../ledger/index.js';
import { platformProblems } from '../../platform/index.js';
import { Grants } from '../grants.js';
import { authenticatorRefused, authenticatorRemoved } from '../verification.events.js';
import { FactorRemoval, type OwnFactor } from './factor-removal.js';
import { RemoveAuthenticator } from './remove-authenticator.command.js';

@CommandHandler(RemoveAuthenticator)
export class RemoveAuthenticatorHandler implements ICommandHandler<RemoveAuthenticator> {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly authority: Authority,
    private readonly grants: Grants,
    private readonly removal: FactorRemoval,
  ) {}

  async execute({ actor, authenticatorId }: RemoveAuthenticator): Promise<Audited<object>> {
    const own = await this.removal.find(actor, authenticatorId);
    return this.audited.run(actor, async (tx): Promise<WriteOutcome<object>> => {
      const ownerSubjectRef = own?.factor.subjectRef ?? null;
      const decision = await this.authority.decide(tx, actor, 'authenticator.remove', {
        resource: { kind: 'authenticator', id: authenticatorId, ownerSubjectRef },
      });
      if (decision.kind !== 'permit' || !own) {
        const problem = own ? refusalOf(decision) : platformProblems['resource.not_found']();
        return refused(problem, refusal(decision));
      }
      return this.#remove(tx, own, decision);
    });
  }

  async #remove(
    tx: Tx,
    own: OwnFactor,
    decision: DecisionReference,
  ): Promise<WriteOutcome<object>> {
    const { id, method, subjectRef } = own.factor;
    const grant = await this.grants.take(tx, {
      purpose: 'factor-change',
      requirement: 'factor-change',
      resource: `authenticator/${id}`,
    });
    if (!grant.granted) return failed(grant.problem, refusal(decision), ...grant.events);
    if (!(await this.removal.remove(tx, own))) {
      return refused(platformProblems['resource.not_found'](), refusal(decision));
    }
    const resource = { kind: 'authenticator', id };
    const removed = authenticatorRemoved({ decision, subjectRef, resource, detail: { method } });
    return committed({}, removed, grant.event);
  }
}

function refusal(decision: DecisionReference): ReturnType<typeof authenticatorRefused> {
  return authenticatorRefused({ decision, outcome: 'refused', detail: { step: 'remove' } });
}
