import { Column, Entity, PrimaryColumn } from 'typeorm';

import { Classified } from '../../platform/index.js';
import type { MoneyDifferenceKind } from './money-difference.js';

/** A difference between the records of one movement of money; it stays after it is gone. */
@Entity('money_differences')
export class MoneyDifference {
  @PrimaryColumn('uuid', { name: 'refund_id' })
  @Classified('internal')
  refundId!: string;

  @PrimaryColumn('text')
  @Classified('internal')
  kind!: MoneyDifferenceKind;

  @Column('timestamptz', { name: 'found_at' })
  @Classified('internal')
  foundAt!: Date;

  @Column('timestamptz', { name: 'gone_at', nullable: true })
  @Classified('internal')
  goneAt!: Date | null;
}
