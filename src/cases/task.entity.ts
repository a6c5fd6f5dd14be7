import { Column, Entity, PrimaryColumn } from 'typeorm';

import { type CaseId, Classified } from '../platform/index.js';

/** Something the bank's people have to do for a case. */
@Entity('tasks')
export class Task {
  @PrimaryColumn('uuid')
  @Classified('internal')
  id!: string;

  @Column('uuid', { name: 'case_id' })
  @Classified('internal')
  caseId!: CaseId;

  /** `call-back`, `documentation`, `compliance-review` … */
  @Column('text')
  @Classified('internal')
  kind!: string;

  @Column('text')
  @Classified('internal')
  queue!: string;

  @Column('text')
  @Classified('internal')
  state!: 'open' | 'done';

  @Column('timestamptz', { name: 'due_at', nullable: true })
  @Classified('internal')
  dueAt!: Date | null;

  @Column('timestamptz', { name: 'created_at' })
  @Classified('internal')
  createdAt!: Date;

  @Column('timestamptz', { name: 'done_at', nullable: true })
  @Classified('internal')
  doneAt!: Date | null;
}
