import { Column, Entity, PrimaryColumn } from 'typeorm';

import { type CaseId, Classified, type ConversationId } from '../platform/index.js';

export const handOffReasons = [
  'confidence_threshold',
  'customer_request',
  'sensitive_request',
  'compliance_concern',
  'bank_unavailable',
] as const;
export type HandOffReason = (typeof handOffReasons)[number];

/** A person takes over. */
@Entity('hand_offs')
export class HandOff {
  @PrimaryColumn('uuid')
  @Classified('internal')
  id!: string;

  @Column('uuid', { name: 'conversation_id' })
  @Classified('internal')
  conversationId!: ConversationId;

  @Column('uuid', { name: 'case_id', nullable: true })
  @Classified('internal')
  caseId!: CaseId | null;

  @Column('text')
  @Classified('internal')
  reason!: HandOffReason;

  @Column('text')
  @Classified('internal')
  queue!: string;

  @Column('text')
  @Classified('internal')
  state!: 'waiting' | 'taken';

  @Column('timestamptz', { name: 'created_at' })
  @Classified('internal')
  createdAt!: Date;
}
