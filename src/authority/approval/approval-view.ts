import { z } from 'zod';

import { formatMoney, levels, type Money, moneySchema } from '../../platform/index.js';
import type { ApprovalRequest } from './approval-request.entity.js';
import { approvalStates } from './approval-state.js';
import { type ApprovalVote, voteDecisions } from './approval-vote.entity.js';

export const approvalRequestViewSchema = z
  .strictObject({
    id: z.uuid(),
    action: z.string(),
    resource: z.strictObject({ kind: z.string(), id: z.uuid() }),
    caseId: z.uuid().nullable(),
    amount: moneySchema.nullable().describe('Null where the action moves no money'),
    aggregate: moneySchema.nullable().describe('With all related actions of the case'),
    category: z.string().nullable(),
    requesterId: z.string(),
    level: z.enum(levels).describe('The level that must consent'),
    groups: z.array(z.string()).describe('Roles of which one person each must consent'),
    approversMin: z.int(),
    rule: z.string().describe('The policy rule that asks for consent'),
    policyVersion: z.string(),
    state: z.enum(approvalStates),
    version: z.int(),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    decidedAt: z.iso.datetime().nullable(),
    executedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'ApprovalRequest' });
export type ApprovalRequestView = z.infer<typeof approvalRequestViewSchema>;

export const approvalVoteViewSchema = z
  .strictObject({
    id: z.uuid(),
    voterId: z.string(),
    level: z.enum(levels).nullable(),
    groups: z.array(z.string()),
    decision: z.enum(voteDecisions),
    reason: z.string(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'ApprovalVote' });
export type ApprovalVoteView = z.infer<typeof approvalVoteViewSchema>;

/** Signed promise of the ledger, as every audited answer carries it. */
export const approvalReceiptSchema = z.strictObject({
  eventId: z.uuid(),
  eventHash: z.string(),
  recordedAt: z.iso.datetime(),
  origin: z.string(),
  keyId: z.string(),
  signature: z.string(),
});

/** Null where the action moves no money. */
export function moneyOf(minor: bigint | null, currency: string | null): Money | null {
  return minor === null || currency === null ? null : formatMoney(minor, currency);
}

export function viewOfRequest(request: ApprovalRequest): ApprovalRequestView {
  return {
    id: request.id,
    action: request.action,
    resource: { kind: request.resourceKind, id: request.resourceId },
    caseId: request.caseId,
    amount: moneyOf(request.amountMinor, request.currency),
    aggregate: moneyOf(request.aggregateMinor, request.currency),
    category: request.category,
    requesterId: request.requesterId,
    level: request.level,
    groups: request.groups,
    approversMin: request.approversMin,
    rule: request.rule,
    policyVersion: request.policyVersion,
    state: request.state,
    version: request.version,
    createdAt: request.createdAt.toISOString(),
    expiresAt: request.expiresAt.toISOString(),
    decidedAt: request.decidedAt?.toISOString() ?? null,
    executedAt: request.executedAt?.toISOString() ?? null,
  };
}

export function viewOfVote(vote: ApprovalVote): ApprovalVoteView {
  const { id, voterId, level, groups, decision, reason } = vote;
  return { id, voterId, level, groups, decision, reason, createdAt: vote.createdAt.toISOString() };
}
