import { Column, Entity, PrimaryColumn } from 'typeorm';

import { type CaseId, Classified, type SubjectRef } from '../../platform/index.js';
import {
  type ContainmentReason,
  type ContainmentState,
  containmentTransitions,
  type ContainmentType,
  type PendingEffect,
} from './containment-state.js';

/** A protective measure of a case. Its id is the bank's key: each id blocks once. */
@Entity('containments')
export class Containment {
  @PrimaryColumn('uuid')
  @Classified('internal')
  id!: string;

  @Column('uuid', { name: 'case_id' })
  @Classified('internal')
  caseId!: CaseId;

  @Column('text')
  @Classified('internal')
  type!: ContainmentType;

  @Column('text')
  @Classified('internal')
  state!: ContainmentState;

  @Column('text', { nullable: true })
  @Classified('internal')
  reason!: ContainmentReason | null;

  @Column('text', { name: 'pending_effect', nullable: true })
  @Classified('internal')
  pendingEffect!: PendingEffect | null;

  @Column('timestamptz', { name: 'retry_until', nullable: true })
  @Classified('internal')
  retryUntil!: Date | null;

  /** How the card is found at the bank, sealed under the key of the case's person. */
  @Column('bytea', { nullable: true })
  @Classified('personal')
  lookup!: Buffer | null;

  @Column('uuid', { name: 'card_id', nullable: true })
  @Classified('internal')
  cardId!: string | null;

  @Column('uuid', { name: 'holder_subject_ref', nullable: true })
  @Classified('internal')
  holderSubjectRef!: SubjectRef | null;

  @Column('timestamptz', { name: 'requested_at' })
  @Classified('internal')
  requestedAt!: Date;

  @Column('timestamptz', { name: 'applied_at', nullable: true })
  @Classified('internal')
  appliedAt!: Date | null;

  @Column('timestamptz', { name: 'released_at', nullable: true })
  @Classified('internal')
  releasedAt!: Date | null;

  /** @throws Error where the table of transitions has no such step. */
  moveTo(state: ContainmentState, now: Date): void {
    if (!containmentTransitions[this.state].includes(state)) {
      throw new Error(`A containment does not go from ${this.state} to ${state}`);
    }
    this.state = state;
    if (state === 'applied') this.appliedAt = now;
    if (state === 'released') this.releasedAt = now;
  }
}
