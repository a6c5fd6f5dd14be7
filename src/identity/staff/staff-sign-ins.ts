import { randomBytes } from 'node:crypto';

import { Injectable } from '@nestjs/common';

import type { Tx } from '../../ledger/index.js';
import { AppDatabase, Clock, KeyStore } from '../../platform/index.js';
import { Policies } from '../../policy/index.js';

const tokenBytes = 32;

/** The way between the password and the one-time code: a token of a few minutes, good for one sign-in. */
@Injectable()
export class StaffSignIns {
  constructor(
    private readonly database: AppDatabase,
    private readonly keys: KeyStore,
    private readonly policies: Policies,
    private readonly clock: Clock,
  ) {}

  async begin(tx: Tx, staffId: string): Promise<string> {
    const mfaToken = randomBytes(tokenBytes).toString('base64url');
    const { mfaTokenSeconds } = this.policies.verification.staffSession;
    await tx.query(
      `INSERT INTO staff_sign_ins (token_digest, staff_id, created_at, expires_at) VALUES ($1, $2, $3, $4)`,
      [
        this.#digestOf(mfaToken),
        staffId,
        tx.now,
        new Date(tx.now.getTime() + mfaTokenSeconds * 1000),
      ],
    );
    return mfaToken;
  }

  /** The staff id a token stands for, while it is good. */
  async find(mfaToken: string): Promise<string | null> {
    const [row] = await this.database.query<{ staff_id: string }[]>(
      'SELECT staff_id FROM staff_sign_ins WHERE token_digest = $1 AND used_at IS NULL AND expires_at > $2',
      [this.#digestOf(mfaToken), this.clock.now()],
    );
    return row?.staff_id ?? null;
  }

  /** Takes the token for good; true once. */
  async take(tx: Tx, mfaToken: string): Promise<boolean> {
    const rows = await tx.query(
      'UPDATE staff_sign_ins SET used_at = $2 WHERE token_digest = $1 AND used_at IS NULL RETURNING staff_id',
      [this.#digestOf(mfaToken), tx.now],
    );
    return rows.length === 1;
  }

  /** Whoever came half of the way by a password that is gone starts anew. */
  async endAll(tx: Tx, staffId: string): Promise<void> {
    await tx.query(
      'UPDATE staff_sign_ins SET used_at = $2 WHERE staff_id = $1 AND used_at IS NULL',
      [staffId, tx.now],
    );
  }

  #digestOf(mfaToken: string): Buffer {
    return this.keys.mac('refresh-token', `mfa/v1\n${mfaToken}`);
  }
}
