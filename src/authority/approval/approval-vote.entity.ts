import { Column, Entity, PrimaryColumn } from 'typeorm';

import { Classified, type Level } from '../../platform/index.js';

export const voteDecisions = ['approve', 'reject'] as const;
export type VoteDecision = (typeof voteDecisions)[number];

/** One person's word on a request; given once. */
@Entity('approval_votes')
export class ApprovalVote {
  @PrimaryColumn('uuid')
  @Classified('internal')
  id!: string;

  @Column('uuid', { name: 'request_id' })
  @Classified('internal')
  requestId!: string;

  @Column('text', { name: 'voter_id' })
  @Classified('internal')
  voterId!: string;

  /** The person who counts: a delegate votes as the one they act for. */
  @Column('text', { name: 'person_id' })
  @Classified('internal')
  personId!: string;

  /** The voter's level when they voted. */
  @Column('text', { nullable: true })
  @Classified('internal')
  level!: Level | null;

  /** The required groups that the voter belongs to. */
  @Column('text', { array: true })
  @Classified('internal')
  groups!: string[];

  @Column('text')
  @Classified('internal')
  decision!: VoteDecision;

  /** Free text, redacted before it is stored. */
  @Column('text')
  @Classified('internal')
  reason!: string;

  @Column('timestamptz', { name: 'created_at' })
  @Classified('internal')
  createdAt!: Date;
}
