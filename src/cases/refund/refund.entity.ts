import { Column, Entity, PrimaryColumn } from 'typeorm';

import { type CaseId, Classified, type SubjectRef } from '../../platform/index.js';
import type { RefundKind } from './refund-kind.js';
import { type RefundState, refundTransitions } from './refund-state.js';

/** Money back to a customer, within a case. Its id is the bank's key: each id is booked once. */
@Entity('refunds')
export class Refund {
  @PrimaryColumn('uuid')
  @Classified('internal')
  id!: string;

  @Column('text')
  @Classified('internal')
  kind!: RefundKind;

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

  /** The fee that is given back; null for a refund. */
  @Column('text', { name: 'fee_transaction_id', nullable: true })
  @Classified('internal')
  feeTransactionId!: string | null;

  /** Customers whom the bank held to be linked to this one when it was asked. */
  @Column('uuid', { name: 'linked_refs', array: true })
  @Classified('internal')
  linkedRefs!: SubjectRef[];

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

  /** Whose limits it uses up: the requester, or the person they acted for. */
  @Column('text', { name: 'agent_id' })
  @Classified('internal')
  agentId!: string;

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
