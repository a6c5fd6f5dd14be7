import { Injectable } from '@nestjs/common';

import type { Tx } from '../ledger/index.js';
import { AppDatabase, Clock, KeyStore, type SubjectRef } from '../platform/index.js';
import { Policies } from '../policy/index.js';
import type { Challenge } from './challenge.entity.js';

/** An attempt that was counted and may be evaluated. */
export interface CountedAttempt {
  /** Which attempt of the purpose's budget it is, from 1. */
  readonly attempts: number;
  /** Consecutive failures of the account, were this one to fail. */
  readonly failures: number;
  /** Whether it locks the account, should it fail. */
  readonly locks: boolean;
  /** Until when; null where only a person may end the lock. */
  readonly lockedUntil: Date | null;
}

interface CountRow {
  readonly attempts: number;
  readonly failures: number;
  readonly locks: boolean;
  readonly lockedUntil: Date | null;
}

/**
 * Counts attempts at codes per account and purpose, and consecutive failures per account. The count
 * belongs to whom the code is asked of, never to a code: nothing that is sent again refills it.
 */
@Injectable()
export class AttemptCounters {
  constructor(
    private readonly database: AppDatabase,
    private readonly keys: KeyStore,
    private readonly policies: Policies,
    private readonly clock: Clock,
  ) {}

  /** Whose attempts are counted together: a customer's account. */
  scopeOfAccount(subjectRef: SubjectRef): Buffer {
    return this.keys.mac('one-time-password', `counter/account/v1\n${subjectRef}`);
  }

  /** Guests' attempts for a claimed number; apart from the account, so that nobody locks another out. */
  scopeOfClaim(customerNumber: string): Buffer {
    return this.keys.mac('one-time-password', `counter/claim/v1\n${customerNumber}`);
  }

  /**
   * Counts an attempt before anything is compared, in one statement of its own that nothing rolls
   * back. Null: it may not be evaluated (challenge closed, budget used up, or account locked).
   */
  async count(challengeId: string): Promise<CountedAttempt | null> {
    const { attempts, customerLock } = this.policies.verification;
    const limits = {
      attemptsMax: attempts.max,
      windowSeconds: attempts.windowSeconds,
      lock: customerLock,
    };
    const [row] = await this.database.query<CountRow[]>(
      `SELECT counted.attempts, counted.failures, counted.locked_until IS NOT NULL AS locks,
         nullif(counted.locked_until, 'infinity') AS "lockedUntil"
       FROM count_verification_attempt($1, $2, $3) AS counted`,
      [challengeId, this.clock.now(), JSON.stringify(limits)],
    );
    return row ?? null;
  }

  /** Attempts that are left for a purpose; none while the account is locked. */
  async left(tx: Tx, scope: Buffer, purpose: string): Promise<number> {
    const { max, windowSeconds } = this.policies.verification.attempts;
    const [row] = await tx.query<{ used: number; locked: boolean }>(
      `SELECT
         coalesce(max(attempts) FILTER (WHERE purpose = $2
           AND last_attempt_at > $3::timestamptz - make_interval(secs => $4)), 0) AS used,
         coalesce(bool_or(locked_until > $3) FILTER (WHERE purpose = '*'), false) AS locked
       FROM verification_counters WHERE scope = $1 AND purpose IN ($2, '*')`,
      [scope, purpose, tx.now, windowSeconds],
    );
    return row === undefined || row.locked ? 0 : Math.max(0, max - row.used);
  }

  /** A person's reset: every count of the account is gone, and with it the lock. */
  async release(
    tx: Tx,
    subjectRef: SubjectRef,
  ): Promise<{ readonly wasLocked: boolean; readonly failures: number }> {
    const rows = await tx.query<{ purpose: string; failures: number; wasLocked: boolean }>(
      `DELETE FROM verification_counters WHERE scope = $1
       RETURNING purpose, attempts AS failures, coalesce(locked_until > $2, false) AS "wasLocked"`,
      [this.scopeOfAccount(subjectRef), tx.now],
    );
    const account = rows.find(({ purpose }) => purpose === '*');
    return { wasLocked: account?.wasLocked ?? false, failures: account?.failures ?? 0 };
  }

  /** This attempt was no failure, and with it no lock; the earlier ones go on counting. */
  async giveBack(tx: Tx, { counterScope, purpose }: Challenge): Promise<void> {
    // In the order of the count, so that two never wait for each other.
    for (const counted of ['*', purpose]) {
      await tx.query(
        `UPDATE verification_counters SET attempts = greatest(attempts - 1, 0), locked_until = NULL
         WHERE scope = $1 AND purpose = $2`,
        [counterScope, counted],
      );
    }
  }

  /** A right code: the account's next failure is its first again. */
  async reset(tx: Tx, { counterScope, purpose }: Challenge): Promise<void> {
    // In the order of the count, so that two never wait for each other.
    await tx.query(
      `UPDATE verification_counters SET attempts = 0, locked_until = NULL WHERE scope = $1 AND purpose = '*'`,
      [counterScope],
    );
    await tx.query('DELETE FROM verification_counters WHERE scope = $1 AND purpose = $2', [
      counterScope,
      purpose,
    ]);
  }
}
