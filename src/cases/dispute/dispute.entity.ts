import { Column, Entity, PrimaryColumn } from 'typeorm';

import { type CaseId, Classified } from '../../platform/index.js';
import type { DisputeRegime } from '../../policy/index.js';

/** What a dispute has beside its case: the bank's transaction once it is known, and the leading law. */
@Entity('disputes')
export class Dispute {
  @PrimaryColumn('uuid', { name: 'case_id' })
  @Classified('internal')
  caseId!: CaseId;

  @Column('uuid', { name: 'transaction_id', nullable: true })
  @Classified('internal')
  transactionId!: string | null;

  @Column('uuid', { name: 'account_id', nullable: true })
  @Classified('internal')
  accountId!: string | null;

  /** One of the policy's reasons, as far as the words told it. */
  @Column('text', { nullable: true })
  @Classified('internal')
  reason!: string | null;

  @Column('text', { nullable: true })
  @Classified('internal')
  regime!: DisputeRegime | null;
}
