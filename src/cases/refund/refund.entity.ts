import { Column, Entity, PrimaryColumn } from 'typeorm';

import { type CaseId, Classified } from '../../platform/index.js';
import { type RefundState, refundTransitions } from './refund-state.js';

/** Money back to a customer, within a case. Its id is the bank's key: each id is booked once. */
@Entity('refunds')
export class Refund {
  @PrimaryColumn('uuid')
  @Classified('internal')
  id!: string;

  @Column('uuid', { name: 'case_id' })
  @Classified('internal')
  caseId!: CaseId;

  @Column('uuid', { name: 'account_id' })
  @Classified('internal')
  accountId!: string;

  @Column('bigint', {
    name: 'amount_minor',
    transformer: { from: (value: string) => BigInt(value), to: (value: bigint) => String(value) },
  })
  @Classified('internal')
  amountMinor!: bigint;

  @Column('text')
  @Classified('internal')
  currency!: string;

  @Column('text', { nullable: true })
  @Classified('internal')
  category!: string | null;

  /** Why, in the requester's words, redacted and under the customer's key. */
  @Column('bytea')
  @Classified('personal')
  reason!: Buffer;

  @Column('text')
  @Classified('internal')
  state!: RefundState;

  @Column('text', { name: 'requested_by' })
  @Classified('internal')
  requestedBy!: string;

  @Column('text', { name: 'booking_id', nullable: true })
  @Classified('internal')
  bookingId!: string | null;

  @Column('timestamptz', { name: 'requested_at' })
  @Classified('internal')
  requestedAt!: Date;

  @Column('timestamptz', { name: 'executed_at', nullable: true })
  @Classified('internal')
  executedAt!: Date | null;

  /** @throws Error where the table of transitions has no such step. */
  moveTo(state: RefundState): void {
    if (!refundTransitions[this.state].includes(state)) {
      throw new Error(`A refund does not go from ${this.state} to ${state}`);
    }
    this.state = state;
  }
}
