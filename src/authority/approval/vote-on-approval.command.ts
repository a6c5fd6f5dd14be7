import { Command } from '@nestjs/cqrs';
import { z } from 'zod';

import type { Audited, IdempotencyRequest } from '../../ledger/index.js';
import type { Actor } from '../../platform/index.js';
import { Authorized } from '../authorized.js';
import {
  approvalReceiptSchema,
  type ApprovalRequestView,
  approvalRequestViewSchema,
} from './approval-view.js';
import { voteDecisions } from './approval-vote.entity.js';

const reasonCharactersMax = 1_000;

export const voteOnApprovalSchema = z
  .strictObject({
    decision: z.enum(voteDecisions),
    reason: z.string().trim().min(1).max(reasonCharactersMax),
  })
  .meta({ id: 'VoteOnApproval' });

export const votedApprovalSchema = approvalRequestViewSchema
  .extend({ receipt: approvalReceiptSchema })
  .meta({ id: 'VotedApproval' });

/** How the vote came: which version it was meant for, and under which key. */
export interface VoteConditions {
  /** The `If-Match` header; null where none was sent. */
  readonly ifMatch: string | null;
  readonly idempotency: IdempotencyRequest | undefined;
}

/** Approves or rejects a request; the last approval that was missing has the service carry it out. */
@Authorized('approval.vote')
export class VoteOnApproval extends Command<Audited<ApprovalRequestView>> {
  constructor(
    readonly ask: {
      readonly requestId: string;
      readonly input: z.infer<typeof voteOnApprovalSchema>;
    },
    readonly actor: Actor,
    readonly conditions: VoteConditions,
  ) {
    super();
  }
}
