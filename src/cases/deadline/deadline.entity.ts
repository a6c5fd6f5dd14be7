import { Column, Entity, PrimaryColumn } from 'typeorm';

import { type CaseId, Classified } from '../../platform/index.js';
import type { DeadlineState } from './deadline-state.js';

/** A clock of a case that explains itself: by which rule, from what, counted how. */
@Entity('deadlines')
export class Deadline {
  @PrimaryColumn('uuid')
  @Classified('internal')
  id!: string;

  @Column('uuid', { name: 'case_id' })
  @Classified('internal')
  caseId!: CaseId;

  @Column('text')
  @Classified('internal')
  kind!: string;

  @Column('text')
  @Classified('internal')
  state!: DeadlineState;

  @Column('text', { name: 'rule_id' })
  @Classified('internal')
  ruleId!: string;

  @Column('text')
  @Classified('internal')
  citation!: string;

  @Column('timestamptz', { name: 'due_at' })
  @Classified('internal')
  dueAt!: Date;

  @Column('jsonb')
  @Classified('internal')
  inputs!: Readonly<Record<string, string | number | boolean | null>>;

  /** Name of the calendar that was counted on. */
  @Column('text')
  @Classified('internal')
  calendar!: string;

  @Column('jsonb')
  @Classified('internal')
  steps!: readonly string[];

  @Column('timestamptz', { name: 'opened_at' })
  @Classified('internal')
  openedAt!: Date;

  @Column('timestamptz', { name: 'ended_at', nullable: true })
  @Classified('internal')
  endedAt!: Date | null;
}
