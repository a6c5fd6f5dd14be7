import { randomBytes } from 'node:crypto';

import { Injectable } from '@nestjs/common';
import { ScureBase32Plugin } from 'otplib';

import type { Tx } from '../../ledger/index.js';
import { AppDatabase, KeyStore } from '../../platform/index.js';
import { Policies } from '../../policy/index.js';

const base32 = new ScureBase32Plugin();
const groupCharacters = 5;

/**
 * Recovery codes of staff: each good once in place of the authenticator's code. They have the
 * entropy at which a keyed hash is enough (OWASP ASVS 5.0.0 6.5.2), and are shown once.
 */
@Injectable()
export class StaffRecoveryCodes {
  constructor(
    private readonly database: AppDatabase,
    private readonly keys: KeyStore,
    private readonly policies: Policies,
  ) {}

  /** Makes a set in place of the one before. */
  async replace(tx: Tx, staffId: string): Promise<readonly string[]> {
    const { count, entropyBitsMin } = this.policies.verification.recoveryCodes;
    await this.erase(tx, staffId);
    const codes = Array.from({ length: count }, () => newCode(entropyBitsMin));
    await tx.query(
      `INSERT INTO staff_recovery_codes (digest, staff_id, created_at)
       SELECT digest, $2, $3 FROM unnest($1::bytea[]) AS digest`,
      [codes.map((code) => this.#digestOf(staffId, code)), staffId, tx.now],
    );
    return codes;
  }

  /** Takes a code for good; true once. */
  async take(tx: Tx, staffId: string, code: string): Promise<boolean> {
    const rows = await tx.query(
      `UPDATE staff_recovery_codes SET used_at = $2
       WHERE digest = $1 AND staff_id = $3 AND used_at IS NULL RETURNING staff_id`,
      [this.#digestOf(staffId, code), tx.now, staffId],
    );
    return rows.length === 1;
  }

  /** Whether a code may be taken at this moment. */
  async isGood(staffId: string, code: string): Promise<boolean> {
    const rows = await this.database.query<object[]>(
      'SELECT 1 FROM staff_recovery_codes WHERE digest = $1 AND staff_id = $2 AND used_at IS NULL',
      [this.#digestOf(staffId, code), staffId],
    );
    return rows.length === 1;
  }

  async erase(tx: Tx, staffId: string): Promise<void> {
    await tx.query('DELETE FROM staff_recovery_codes WHERE staff_id = $1', [staffId]);
  }

  #digestOf(staffId: string, code: string): Buffer {
    const plain = code.toUpperCase().replaceAll(/[\s-]/g, '');
    return this.keys.mac('recovery-code', `staff-recovery-code/v1\n${staffId}\n${plain}`);
  }
}

/** Base32 in groups of five; every fifth bit more than asked at most. */
function newCode(entropyBitsMin: number): string {
  const characters = Math.ceil(entropyBitsMin / 5);
  const text = base32.encode(randomBytes(Math.ceil((characters * 5) / 8))).slice(0, characters);
  return text.match(new RegExp(`.{1,${groupCharacters}}`, 'g'))?.join('-') ?? text;
}
