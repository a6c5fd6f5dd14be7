import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';

import type { AuditEventDraft, Tx } from '../../ledger/index.js';
import { IdSource, type Level, Problem } from '../../platform/index.js';
import { type ApprovalRequired, type ApprovalRequirement, Policies } from '../../policy/index.js';
import {
  approvalApproved,
  approvalExpired,
  approvalRejected,
  approvalRequested,
  approvalSuperseded,
} from '../authority.events.js';
import { PolicyAuthority } from '../policy-authority.js';
import { ApprovableActions, type ApprovalDecision } from './approvable-action.port.js';
import { ApprovalRequest, type RequestedAction } from './approval-request.entity.js';
import { moneyOf } from './approval-view.js';
import { needsMore } from './tally.js';

/** What a caller is told of a request that was made for them. */
export interface RequestedApproval {
  readonly id: string;
  readonly level: Level;
  readonly rule: string;
  readonly groups: readonly string[];
}

/** What a request needs now, against what it needed when it was asked. */
export interface Need {
  /** Null where what was requested is gone or cannot be judged any more. */
  readonly requirement: ApprovalRequirement | null;
  readonly superseded: boolean;
}

/** As the index that keeps one open request of a thing has them. */
const openStates: ApprovalRequest['state'][] = ['requested', 'partially_approved', 'approved'];

/** Requests for consent, inside the caller's transaction. */
@Injectable()
export class Approvals {
  constructor(
    private readonly actions: ApprovableActions,
    private readonly authority: PolicyAuthority,
    private readonly policies: Policies,
    private readonly ids: IdSource,
  ) {}

  /** Asks for the consent that a decision of kind `approval` needs; commit it with the event. */
  async request(
    tx: Tx,
    requested: RequestedAction,
    decision: ApprovalRequired,
  ): Promise<{ readonly view: RequestedApproval; readonly event: AuditEventDraft }> {
    // Nobody could carry it out: better known before the vote than after.
    this.actions.get(decision.action);
    const request = ApprovalRequest.open({ ...requested, id: this.ids.ordered() }, decision, {
      actor: tx.actor,
      now: tx.now,
      expireAfterSeconds: this.policies.authority.approvals.expireAfterSeconds,
    });
    await tx.manager.insert(ApprovalRequest, request);
    const { id, level, rule, groups } = request;
    const event = approvalRequested({ ...about(request), decision, detail: detailOf(request) });
    return { view: { id, level, rule, groups }, event };
  }

  /** Whether consent is being asked for something already. */
  async isOpenFor(tx: Tx, { kind, id }: RequestedAction['resource']): Promise<boolean> {
    const state = In(openStates);
    return tx.manager.existsBy(ApprovalRequest, { resourceKind: kind, resourceId: id, state });
  }

  /** The request under a row lock: votes on it wait for each other. Null where it does not exist. */
  lock(tx: Tx, id: string): Promise<ApprovalRequest | null> {
    return tx.manager.findOne(ApprovalRequest, {
      where: { id },
      lock: { mode: 'pessimistic_write' },
    });
  }

  /** What became of the requests for these resources, by the resource's id. */
  async standingOf(
    manager: EntityManager,
    resourceIds: readonly string[],
  ): Promise<ReadonlyMap<string, Pick<ApprovalRequest, 'state' | 'amountMinor'>>> {
    const requests = await manager.findBy(ApprovalRequest, { resourceId: In([...resourceIds]) });
    return new Map(requests.map((request) => [request.resourceId, request]));
  }

  /** Judges the request anew on the facts of this moment, under the lock of its aggregate. */
  async needNow(tx: Tx, request: ApprovalRequest): Promise<Need> {
    const facts = await this.actions.get(request.action).factsNow(tx, request);
    if (!facts) return { requirement: null, superseded: true };
    const requirement = this.authority.requirementOf(request.action, facts);
    if (requirement instanceof Problem) return { requirement: null, superseded: true };
    const changed =
      (facts.amountMinor ?? null) !== request.amountMinor ||
      (facts.currency ?? null) !== request.currency;
    return { requirement, superseded: changed || needsMore(requirement, request.requirement) };
  }

  /** Ends the vote, takes the waiting resource along, and answers the events of both. */
  async settle(
    tx: Tx,
    request: ApprovalRequest,
    decision: ApprovalDecision,
  ): Promise<readonly [AuditEventDraft, ...AuditEventDraft[]]> {
    await this.save(tx, request, decision);
    const own = await this.actions.get(request.action).settle(tx, request, decision);
    return [this.#settled(request, decision), ...own];
  }

  async save(tx: Tx, request: ApprovalRequest, state: ApprovalRequest['state']): Promise<void> {
    request.moveTo(state, tx.now);
    const { version, decidedAt, claimedAt, executedAt } = request;
    await tx.manager.update(
      ApprovalRequest,
      { id: request.id },
      { state, version, decidedAt, claimedAt, executedAt },
    );
  }

  #settled(request: ApprovalRequest, decision: ApprovalDecision): AuditEventDraft {
    const draft = { ...about(request), detail: detailOf(request) };
    switch (decision) {
      case 'approved':
        return approvalApproved(draft);
      case 'rejected':
        return approvalRejected(draft);
      case 'expired':
        return approvalExpired(draft);
      case 'superseded':
        return approvalSuperseded(draft);
    }
  }
}

/** What an event is about. A request tells of no person but by its case. */
export function about(request: ApprovalRequest): Pick<
  AuditEventDraft,
  'resource' | 'caseId' | 'subjectRef'
> & {
  readonly resource: { readonly kind: string; readonly id: string };
} {
  return {
    resource: { kind: 'approval-request', id: request.id },
    caseId: request.caseId,
    subjectRef: null,
  };
}

export function detailOf(request: ApprovalRequest): {
  action: string;
  amount: string | null;
  currency: string | null;
  aggregate: string | null;
  category: string | null;
  level: Level;
  groups: string[];
  approversMin: number;
  rule: string;
  requesterId: string;
} {
  const { action, currency, category, level, groups, approversMin, rule, requesterId } = request;
  return {
    action,
    amount: moneyOf(request.amountMinor, currency)?.amount ?? null,
    currency,
    aggregate: moneyOf(request.aggregateMinor, currency)?.amount ?? null,
    category,
    level,
    groups,
    approversMin,
    rule,
    requesterId,
  };
}
