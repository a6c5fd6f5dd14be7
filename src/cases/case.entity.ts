import { Column, Entity, PrimaryColumn } from 'typeorm';

import {
  type CaseId,
  type Channel,
  Classified,
  type ConversationId,
  type SubjectRef,
} from '../platform/index.js';
import type { CaseStatus } from './case-status.js';
import type { CasePriority, CaseType } from './case-type.js';

/** One matter of one person, from the notice to its end. */
@Entity('cases')
export class Case {
  @PrimaryColumn('uuid')
  @Classified('internal')
  id!: CaseId;

  @Column('text')
  @Classified('internal')
  type!: CaseType;

  /** `FRAUD-2026-0001`: unique, ascending per type and year. */
  @Column('text')
  @Classified('internal')
  number!: string;

  @Column('text')
  @Classified('internal')
  status!: CaseStatus;

  @Column('text')
  @Classified('internal')
  priority!: CasePriority;

  @Column('text')
  @Classified('internal')
  queue!: string;

  @Column('uuid', { name: 'subject_ref' })
  @Classified('internal')
  subjectRef!: SubjectRef;

  @Column('boolean', { name: 'from_guest' })
  @Classified('internal')
  fromGuest!: boolean;

  @Column('text')
  @Classified('internal')
  channel!: Channel;

  @Column('uuid', { name: 'conversation_id', nullable: true })
  @Classified('internal')
  conversationId!: ConversationId | null;

  /** What the person is still asked for, in the order of asking. */
  @Column('text', { name: 'missing_fields', array: true })
  @Classified('internal')
  missingFields!: string[];

  @Column('text', { array: true })
  @Classified('internal')
  flags!: string[];

  /** What the person told, sealed under their key. */
  @Column('bytea')
  @Classified('personal')
  facts!: Buffer;

  @Column('timestamptz', { name: 'received_at' })
  @Classified('internal')
  receivedAt!: Date;

  @Column('timestamptz', { name: 'escalated_at', nullable: true })
  @Classified('internal')
  escalatedAt!: Date | null;

  @Column('timestamptz', { name: 'updated_at' })
  @Classified('internal')
  updatedAt!: Date;

  /** Counts changes; the `ETag` of the case. */
  @Column('integer')
  @Classified('internal')
  version!: number;
}

/** Strong validator of a version of a case (RFC 9110 §8.8.3). */
export function etagOf(version: number): string {
  return `"${String(version)}"`;
}
