import assert from 'node:assert/strict';

import { Column, Entity, PrimaryColumn } from 'typeorm';

import { type Actor, type CaseId, Classified, type Level } from '../../platform/index.js';
import type { ApprovalRequired, ApprovalRequirement } from '../../policy/index.js';
import { type ApprovalState, approvalTransitions, isOpen } from './approval-state.js';

/** PostgreSQL hands a bigint over as text; it becomes a bigint at this edge. */
const bigintColumn = {
  from: (text: string | null) => (text === null ? null : BigInt(text)),
  to: (value: bigint | null) => (value === null ? null : String(value)),
};

/** What is asked consent for, as the action's own context knows it. */
export interface RequestedAction {
  readonly resource: { readonly kind: string; readonly id: string };
  readonly caseId: CaseId | null;
  /** Null, with the two that follow, where the action moves no money. */
  readonly amountMinor: bigint | null;
  /** With all related actions. */
  readonly aggregateMinor: bigint | null;
  readonly currency: string | null;
  readonly category: string | null;
  /** Whom it is done for, where that is not the requester: they do not vote on it either. */
  readonly onBehalfOf?: string;
}

/** Somebody's question for consent, with what it needed when it was asked. */
@Entity('approval_requests')
export class ApprovalRequest {
  @PrimaryColumn('uuid')
  @Classified('internal')
  id!: string;

  @Column('text')
  @Classified('internal')
  action!: string;

  @Column('text', { name: 'resource_kind' })
  @Classified('internal')
  resourceKind!: string;

  @Column('uuid', { name: 'resource_id' })
  @Classified('internal')
  resourceId!: string;

  @Column('uuid', { name: 'case_id', nullable: true })
  @Classified('internal')
  caseId!: CaseId | null;

  @Column('bigint', { name: 'amount_minor', nullable: true, transformer: bigintColumn })
  @Classified('internal')
  amountMinor!: bigint | null;

  @Column('bigint', { name: 'aggregate_minor', nullable: true, transformer: bigintColumn })
  @Classified('internal')
  aggregateMinor!: bigint | null;

  @Column('text', { nullable: true })
  @Classified('internal')
  currency!: string | null;

  @Column('text', { nullable: true })
  @Classified('internal')
  category!: string | null;

  @Column('text', { name: 'requester_id' })
  @Classified('internal')
  requesterId!: string;

  @Column('text', { name: 'on_behalf_of', nullable: true })
  @Classified('internal')
  onBehalfOf!: string | null;

  @Column('text')
  @Classified('internal')
  level!: Level;

  @Column('text', { array: true })
  @Classified('internal')
  groups!: string[];

  @Column('integer', { name: 'approvers_min' })
  @Classified('internal')
  approversMin!: number;

  @Column('text')
  @Classified('internal')
  rule!: string;

  @Column('text', { name: 'policy_version' })
  @Classified('internal')
  policyVersion!: string;

  @Column('text', { name: 'policy_digest' })
  @Classified('internal')
  policyDigest!: string;

  @Column('text')
  @Classified('internal')
  state!: ApprovalState;

  /** Grows with each change; the `ETag`. */
  @Column('integer')
  @Classified('internal')
  version!: number;

  @Column('timestamptz', { name: 'created_at' })
  @Classified('internal')
  createdAt!: Date;

  @Column('timestamptz', { name: 'expires_at' })
  @Classified('internal')
  expiresAt!: Date;

  @Column('timestamptz', { name: 'decided_at', nullable: true })
  @Classified('internal')
  decidedAt!: Date | null;

  /** Since when a process is carrying it out. */
  @Column('timestamptz', { name: 'claimed_at', nullable: true })
  @Classified('internal')
  claimedAt!: Date | null;

  @Column('timestamptz', { name: 'executed_at', nullable: true })
  @Classified('internal')
  executedAt!: Date | null;

  static open(
    requested: RequestedAction & { readonly id: string },
    decision: ApprovalRequired,
    by: { readonly actor: Actor; readonly now: Date; readonly expireAfterSeconds: number },
  ): ApprovalRequest {
    const { requirement, policy, action } = decision;
    const seconds = Math.min(requirement.withinSeconds ?? Infinity, by.expireAfterSeconds);
    return Object.assign(new ApprovalRequest(), {
      id: requested.id,
      action,
      resourceKind: requested.resource.kind,
      resourceId: requested.resource.id,
      caseId: requested.caseId,
      amountMinor: requested.amountMinor,
      aggregateMinor: requested.aggregateMinor,
      currency: requested.currency,
      category: requested.category,
      requesterId: by.actor.id,
      onBehalfOf: requested.onBehalfOf ?? by.actor.onBehalfOf,
      level: requirement.level,
      groups: [...requirement.groups],
      approversMin: requirement.approversMin,
      rule: requirement.rule,
      policyVersion: policy.version,
      policyDigest: policy.digest,
      state: 'requested' as const,
      version: 1,
      createdAt: by.now,
      expiresAt: new Date(by.now.getTime() + seconds * 1_000),
      decidedAt: null,
      claimedAt: null,
      executedAt: null,
    });
  }

  /** Strong validator (RFC 9110 §8.8.3). */
  get etag(): string {
    return `"${this.version}"`;
  }

  get isOpen(): boolean {
    return isOpen(this.state);
  }

  /** Everybody who counts as the requester: who asked, and the person they acted for. */
  get requesterIds(): readonly string[] {
    return this.onBehalfOf === null ? [this.requesterId] : [this.requesterId, this.onBehalfOf];
  }

  /** What it needed when it was asked. */
  get requirement(): ApprovalRequirement {
    const { level, groups, approversMin, rule } = this;
    return { level, groups, approversMin, rule, withinSeconds: null };
  }

  /** @throws AssertionError where the table has no such way. */
  moveTo(state: ApprovalState, now: Date): void {
    assert(approvalTransitions[this.state].includes(state), `${this.state} cannot become ${state}`);
    this.state = state;
    this.version += 1;
    if (state === 'executed') this.executedAt = now;
    else if (!isOpen(state)) this.decidedAt = now;
    // The process that approves also carries out; another takes over when its lease ends.
    if (state === 'approved') this.claimedAt = now;
  }
}
