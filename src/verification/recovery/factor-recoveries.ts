import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import type { Tx } from '../../ledger/index.js';
import type { SubjectRef } from '../../platform/index.js';

/** `issued`: the code is on its way. The others are how a request for consent ends. */
export type RecoveryState =
  'awaiting_approval' | 'approved' | 'issued' | 'rejected' | 'expired' | 'superseded';

export interface FactorRecovery {
  readonly id: string;
  readonly subjectRef: SubjectRef;
  readonly state: RecoveryState;
}

const columns = `id, subject_ref AS "subjectRef", state`;

/** Recoveries that staff asked for; a person has at most one that waits. */
@Injectable()
export class FactorRecoveries {
  /** False where one waits already. */
  async insert(
    tx: Tx,
    { id, subjectRef, proofing }: { id: string; subjectRef: SubjectRef; proofing: string },
  ): Promise<boolean> {
    const rows = await tx.query(
      `INSERT INTO factor_recoveries (id, subject_ref, proofing, state, requested_at)
       VALUES ($1, $2, $3, 'awaiting_approval', $4)
       ON CONFLICT (subject_ref) WHERE state IN ('awaiting_approval', 'approved') DO NOTHING
       RETURNING id`,
      [id, subjectRef, proofing, tx.now],
    );
    return rows.length === 1;
  }

  async subjectOf(manager: EntityManager, id: string): Promise<SubjectRef | null> {
    const [row] = await manager.query<FactorRecovery[]>(
      `SELECT ${columns} FROM factor_recoveries WHERE id = $1`,
      [id],
    );
    return row?.subjectRef ?? null;
  }

  async lock(tx: Tx, id: string): Promise<FactorRecovery | null> {
    const [row] = await tx.query<FactorRecovery>(
      `SELECT ${columns} FROM factor_recoveries WHERE id = $1 FOR UPDATE`,
      [id],
    );
    return row ?? null;
  }

  async moveTo(tx: Tx, { id }: FactorRecovery, state: RecoveryState): Promise<void> {
    await tx.query(
      `UPDATE factor_recoveries SET state = $2, issued_at = CASE WHEN $2 = 'issued' THEN $3::timestamptz END
       WHERE id = $1`,
      [id, state, tx.now],
    );
  }
}
