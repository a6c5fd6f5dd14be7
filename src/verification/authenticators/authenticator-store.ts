import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import type { Tx } from '../../ledger/index.js';
import { AppDatabase, isUuid, type SubjectRef } from '../../platform/index.js';
import { Policies } from '../../policy/index.js';

export const authenticatorMethods = ['totp', 'recovery-code'] as const;
/** A factor that is enrolled with us; phone and mailbox are the bank's. */
export type AuthenticatorMethod = (typeof authenticatorMethods)[number];

/** A factor of a customer, as it stands in its row. */
export interface Authenticator {
  readonly id: string;
  readonly subjectRef: SubjectRef;
  readonly method: AuthenticatorMethod;
  readonly state: 'pending' | 'active';
  /** Encrypted under the person's key; null for recovery codes. */
  readonly secret: Buffer | null;
  readonly createdAt: Date;
  readonly activatedAt: Date | null;
  /** From when it may confirm that money moves; null while it is pending. */
  readonly countsForMoneyAt: Date | null;
}

/** Whether a factor has cooled off since it was enrolled. */
export function countsForMoney({ countsForMoneyAt }: Authenticator, now: Date): boolean {
  return countsForMoneyAt !== null && countsForMoneyAt <= now;
}

/** With the number of codes that can still be used; null for TOTP. */
export type CountedAuthenticator = Authenticator & { readonly codesLeft: number | null };

const columns = `a.id, a.subject_ref AS "subjectRef", a.method, a.state, a.secret,
  a.created_at AS "createdAt", a.activated_at AS "activatedAt",
  a.counts_for_money_at AS "countsForMoneyAt"`;

/** Finds factors and moves them along; each move happens once, whoever asks at the same time. */
@Injectable()
export class AuthenticatorStore {
  constructor(
    private readonly database: AppDatabase,
    private readonly policies: Policies,
  ) {}

  /** Active factors of a customer. */
  listActive(subjectRef: SubjectRef, now: Date): Promise<readonly CountedAuthenticator[]> {
    return this.database.query<CountedAuthenticator[]>(
      `SELECT ${columns}, CASE WHEN a.method = 'recovery-code' THEN (
           SELECT count(*)::int FROM recovery_codes r WHERE r.authenticator_id = a.id
             AND r.used_at IS NULL AND (r.expires_at IS NULL OR r.expires_at > $2)
         ) END AS "codesLeft"
       FROM authenticators a WHERE a.subject_ref = $1 AND a.state = 'active' ORDER BY a.created_at`,
      [subjectRef, now],
    );
  }

  /** Changes of one person's factors pass one by one. */
  async lockFactors(tx: Tx, subjectRef: SubjectRef): Promise<void> {
    await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `authenticators/${subjectRef}`,
    ]);
  }

  /** A customer's own factor; null for an unknown, malformed or somebody else's id. */
  async findOwn(subjectRef: SubjectRef | null, id: string): Promise<Authenticator | null> {
    if (!isUuid(id) || subjectRef === null) return null;
    return this.#find(this.database.manager, id, subjectRef);
  }

  /** The factor that a challenge names, if it is still active and the same person's. */
  async findActive(
    tx: Tx,
    { authenticatorId, subjectRef }: { authenticatorId: string | null; subjectRef: SubjectRef },
  ): Promise<Authenticator | null> {
    if (authenticatorId === null) return null;
    const found = await this.#find(tx.manager, authenticatorId, subjectRef);
    return found?.state === 'active' ? found : null;
  }

  /** Begins an enrolment; one that was begun and not confirmed is forgotten. */
  async insertPending(
    tx: Tx,
    { id, subjectRef, secret }: Pick<Authenticator, 'id' | 'subjectRef' | 'secret'>,
  ): Promise<void> {
    await tx.query(
      `INSERT INTO authenticators (id, subject_ref, method, state, secret, created_at)
       VALUES ($1, $2, 'totp', 'pending', $3, $4)
       ON CONFLICT (subject_ref, method, state) DO UPDATE SET id = EXCLUDED.id,
         secret = EXCLUDED.secret, created_at = EXCLUDED.created_at, confirm_attempts = 0`,
      [id, subjectRef, secret, tx.now],
    );
  }

  /**
   * Counts an attempt to confirm before the code is looked at, in a statement of its own.
   *
   * @returns whether it may be looked at.
   */
  async countConfirmation(id: string, now: Date): Promise<boolean> {
    const { attempts, code } = this.policies.verification;
    const [, counted] = await this.database.query<[unknown[], number]>(
      `UPDATE authenticators SET confirm_attempts = confirm_attempts + 1
       WHERE id = $1 AND state = 'pending' AND confirm_attempts < $2
         AND created_at > $3::timestamptz - make_interval(secs => $4)`,
      [id, attempts.max, now, code.lifeSeconds],
    );
    return counted === 1;
  }

  /** Makes a pending factor the active one of its method; the one before it is gone. False where it is pending no more. */
  async activate(
    tx: Tx,
    { id, subjectRef, method }: Authenticator,
    step: number,
  ): Promise<boolean> {
    await tx.query(
      `DELETE FROM authenticators WHERE subject_ref = $1 AND method = $2 AND state = 'active'`,
      [subjectRef, method],
    );
    const rows = await tx.query(
      `UPDATE authenticators SET state = 'active', last_step = $2, activated_at = $3,
         counts_for_money_at = $4 WHERE id = $1 AND state = 'pending' RETURNING id`,
      [id, step, tx.now, this.#cooledAt(tx)],
    );
    return rows.length === 1;
  }

  /** Every factor of a method is gone, the pending one too. */
  async removeAll(tx: Tx, subjectRef: SubjectRef, method: AuthenticatorMethod): Promise<number> {
    const rows = await tx.query(
      'DELETE FROM authenticators WHERE subject_ref = $1 AND method = $2 RETURNING id',
      [subjectRef, method],
    );
    return rows.length;
  }

  /** The person's recovery codes, begun with this id where there are none. */
  async ensureCodes(
    tx: Tx,
    { id, subjectRef }: Pick<Authenticator, 'id' | 'subjectRef'>,
  ): Promise<Authenticator> {
    const [row] = await tx.query<Authenticator>(
      `INSERT INTO authenticators AS a (id, subject_ref, method, state, created_at, activated_at,
         counts_for_money_at) VALUES ($1, $2, 'recovery-code', 'active', $3, $3, $4)
       ON CONFLICT (subject_ref, method, state) DO UPDATE SET method = a.method
       RETURNING ${columns}`,
      [id, subjectRef, tx.now, this.#cooledAt(tx)],
    );
    if (!row) throw new Error('An upsert answers its row');
    return row;
  }

  async insertCodes(
    tx: Tx,
    of: { id: string; digests: readonly Buffer[]; expiresAt: Date | null },
  ): Promise<void> {
    await tx.query(
      `INSERT INTO recovery_codes (code_digest, authenticator_id, created_at, expires_at)
       SELECT digest, $2, $3, $4 FROM unnest($1::bytea[]) AS digest`,
      [of.digests, of.id, tx.now, of.expiresAt],
    );
  }

  /**
   * Takes a time step for good (RFC 6238 §5.2): of any number of attempts with one step, on any number
   * of instances, one gets true. A clock that was set back finds its steps taken.
   */
  async takeStep(tx: Tx, id: string, step: number): Promise<boolean> {
    const rows = await tx.query(
      `UPDATE authenticators SET last_step = $2
       WHERE id = $1 AND state = 'active' AND last_step < $2 RETURNING id`,
      [id, step],
    );
    return rows.length === 1;
  }

  /** Takes a recovery code for good; true once. */
  async takeCode(tx: Tx, id: string, digest: Buffer): Promise<boolean> {
    const rows = await tx.query(
      `UPDATE recovery_codes SET used_at = $3 WHERE authenticator_id = $1 AND code_digest = $2
         AND used_at IS NULL AND (expires_at IS NULL OR expires_at > $3) RETURNING code_digest`,
      [id, digest, tx.now],
    );
    return rows.length === 1;
  }

  /** False where it was gone already. */
  async remove(tx: Tx, id: string): Promise<boolean> {
    const rows = await tx.query('DELETE FROM authenticators WHERE id = $1 RETURNING id', [id]);
    return rows.length === 1;
  }

  async #find(
    manager: EntityManager,
    id: string,
    subjectRef: SubjectRef,
  ): Promise<Authenticator | null> {
    const [row] = await manager.query<Authenticator[]>(
      `SELECT ${columns} FROM authenticators a WHERE a.id = $1 AND a.subject_ref = $2`,
      [id, subjectRef],
    );
    return row ?? null;
  }

  #cooledAt({ now }: Tx): Date {
    const { coolingOffSeconds } = this.policies.verification.factorChange;
    return new Date(now.getTime() + coolingOffSeconds * 1000);
  }
}
