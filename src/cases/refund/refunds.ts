import { Injectable } from '@nestjs/common';
import { In, LessThan } from 'typeorm';

import type { Tx } from '../../ledger/index.js';
import { type CaseId, IdSource, ReaderDatabase, type SubjectRef } from '../../platform/index.js';
import { FieldEncryption } from '../../privacy/index.js';
import { redact } from '../../redaction/index.js';
import { Refund } from './refund.entity.js';
import { countedStates } from './refund-state.js';

export interface LockedCase {
  readonly id: CaseId;
  readonly subjectRef: SubjectRef;
  /** What was refunded or is being refunded, in minor units; all in one currency. */
  readonly refundedMinor: bigint;
  /** Of the refunds so far; null where there are none. */
  readonly currency: string | null;
}

/** What a new refund is made of. */
export type NewRefund = Pick<
  Refund,
  | 'kind'
  | 'accountId'
  | 'amountMinor'
  | 'currency'
  | 'category'
  | 'feeTransactionId'
  | 'linkedRefs'
  | 'state'
> & { readonly reason: string };

const sweepMax = 100;

/** Refunds and fee reversals of a case, under the lock of the case. */
@Injectable()
export class Refunds {
  constructor(
    private readonly reader: ReaderDatabase,
    private readonly encryption: FieldEncryption,
    private readonly ids: IdSource,
  ) {}

  /** Locks the case until the transaction ends; null where it does not exist. */
  async lockCase(tx: Tx, caseId: string): Promise<LockedCase | null> {
    const [row] = await tx.query<{ id: CaseId; subject_ref: SubjectRef }>(
      `SELECT id, subject_ref FROM cases WHERE id = $1 FOR UPDATE`,
      [caseId],
    );
    if (!row) return null;
    const counted = await tx.manager.findBy(Refund, {
      caseId: row.id,
      state: In([...countedStates]),
    });
    return {
      id: row.id,
      subjectRef: row.subject_ref,
      refundedMinor: counted.reduce((sum, { amountMinor }) => sum + amountMinor, 0n),
      currency: counted[0]?.currency ?? null,
    };
  }

  /** What was given back of a fee so far, or waits to be, in minor units; read under the lock of the case. */
  async reversedOf(tx: Tx, feeTransactionId: string): Promise<bigint> {
    // Two cases may name one fee: the fee has a lock of its own.
    await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('fee/' || $1, 0))`, [
      feeTransactionId,
    ]);
    const earlier = await tx.manager.findBy(Refund, {
      feeTransactionId,
      state: In([...countedStates, 'awaiting_approval']),
    });
    return earlier.reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
  }

  /** Stores a new refund; its reason is redacted and encrypted first. */
  async insert(tx: Tx, { id: caseId, subjectRef }: LockedCase, made: NewRefund): Promise<Refund> {
    const { reason, ...rest } = made;
    const refund = Object.assign(new Refund(), rest);
    refund.id = this.ids.ordered();
    refund.caseId = caseId;
    refund.reason = await this.encryption.encrypt(
      tx.manager,
      subjectRef,
      { table: 'refunds', column: 'reason', rowId: refund.id },
      redact(reason).text,
    );
    refund.requestedBy = tx.actor.id;
    refund.agentId = tx.actor.onBehalfOf ?? tx.actor.id;
    refund.requestedAt = tx.now;
    refund.bookingId = null;
    refund.executedAt = null;
    await tx.manager.insert(Refund, refund);
    return refund;
  }

  lock(tx: Tx, refundId: string): Promise<Refund | null> {
    return tx.manager.findOne(Refund, {
      where: { id: refundId },
      lock: { mode: 'pessimistic_write' },
    });
  }

  find(refundId: string): Promise<Refund | null> {
    return this.reader.manager.findOneBy(Refund, { id: refundId });
  }

  /** What the bank has not confirmed since before `requestedBefore`. */
  listExecuting(requestedBefore: Date): Promise<Refund[]> {
    return this.reader.manager.find(Refund, {
      where: { state: 'executing', requestedAt: LessThan(requestedBefore) },
      order: { requestedAt: 'ASC' },
      take: sweepMax,
    });
  }

  async save(tx: Tx, refund: Refund): Promise<void> {
    const { id, state, bookingId, executedAt } = refund;
    await tx.manager.update(Refund, { id }, { state, bookingId, executedAt });
  }
}
