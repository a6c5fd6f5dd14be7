import { Injectable } from '@nestjs/common';

import type { Tx } from '../ledger/index.js';
import { AppDatabase, Clock, KeyStore } from '../platform/index.js';
import { Policies } from '../policy/index.js';

/**
 * Counts failed passcodes per customer number, unknown numbers too, so that the limit tells nobody
 * which numbers exist. Only a keyed digest of the number is kept.
 */
@Injectable()
export class PasscodeLimit {
  constructor(
    private readonly database: AppDatabase,
    private readonly keys: KeyStore,
    private readonly policies: Policies,
    private readonly clock: Clock,
  ) {}

  /**
   * Counts an attempt before anything is compared, in a statement of its own that nothing rolls back.
   * One past the limit writes its row as well, at one more than the limit: it takes as long.
   *
   * @returns whether the attempt may be evaluated.
   */
  async count(customerNumber: string): Promise<boolean> {
    const { failuresMax, lockSeconds } = this.policies.verification.passcode;
    const [row] = await this.database.query<{ attempts: number }[]>(
      `INSERT INTO sign_in_counters AS c (key_digest, attempts, last_attempt_at)
       VALUES ($1, 1, $2)
       ON CONFLICT (key_digest) DO UPDATE SET
         attempts = CASE WHEN c.last_attempt_at <= $2::timestamptz - make_interval(secs => $4)
           THEN 1 ELSE least(c.attempts, $3) + 1 END,
         last_attempt_at = CASE WHEN c.attempts < $3
             OR c.last_attempt_at <= $2::timestamptz - make_interval(secs => $4)
           THEN $2 ELSE c.last_attempt_at END
       RETURNING attempts`,
      [this.#digestOf(customerNumber), this.clock.now(), failuresMax, lockSeconds],
    );
    return row !== undefined && row.attempts <= failuresMax;
  }

  /** The passcode was right: the next failure is the first again. */
  async reset(tx: Tx, customerNumber: string): Promise<void> {
    await tx.query('DELETE FROM sign_in_counters WHERE key_digest = $1', [
      this.#digestOf(customerNumber),
    ]);
  }

  /** Gives back an attempt that the bank never judged, so that an outage locks nobody out. */
  async giveBack(customerNumber: string): Promise<void> {
    const { failuresMax } = this.policies.verification.passcode;
    await this.database.query(
      `UPDATE sign_in_counters SET attempts = greatest(least(attempts, $2) - 1, 0)
       WHERE key_digest = $1`,
      [this.#digestOf(customerNumber), failuresMax],
    );
  }

  #digestOf(customerNumber: string): Buffer {
    return this.keys.mac('blind-index', `passcode-limit/v1\n${customerNumber}`);
  }
}
