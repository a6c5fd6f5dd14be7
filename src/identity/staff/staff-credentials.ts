import { Injectable } from '@nestjs/common';

import type { Tx } from '../../ledger/index.js';
import { StaffRecoveryCodes } from './recovery-codes.js';
import { StaffDirectory } from './staff-directory.js';
import { StaffMail } from './staff-mail.js';
import { StaffSessions } from './staff-sessions.js';
import { StaffSignIns } from './staff-sign-ins.js';

/** Both factors of an account as an enrolment proved them. */
export interface NewCredentials {
  readonly staffId: string;
  readonly passwordHash: Buffer;
  /** Sealed for the account. */
  readonly totpSecret: Buffer;
  /** The time step of the first code: it signs nobody in any more. */
  readonly step: number;
}

/** Changes what an account signs in with. Each change ends its sessions and is told to its holder. */
@Injectable()
export class StaffCredentials {
  constructor(
    private readonly directory: StaffDirectory,
    private readonly recoveryCodes: StaffRecoveryCodes,
    private readonly sessions: StaffSessions,
    private readonly signIns: StaffSignIns,
    private readonly mail: StaffMail,
  ) {}

  /** Gives an invited account its factors and recovery codes; null where it does not wait for them. */
  async enrol(tx: Tx, credentials: NewCredentials): Promise<readonly string[] | null> {
    const { staffId, passwordHash, totpSecret, step } = credentials;
    const entry = await this.directory.lock(tx, staffId);
    if (entry?.status !== 'invited') return null;
    await tx.query(
      `UPDATE staff SET password_hash = $2, totp_secret = $3, totp_last_step = $4, enrolled_at = $5,
         last_used_at = $5, failures = 0, link_tries = 0, locked_until = NULL WHERE id = $1`,
      [staffId, passwordHash, totpSecret, step, tx.now],
    );
    await this.mail.tellOfChange(tx, entry.email, 'Password and authenticator were set up');
    return this.recoveryCodes.replace(tx, staffId);
  }

  /** Sets another password; answers how many sessions ended. The lock of failed attempts ends too. */
  async changePassword(tx: Tx, staffId: string, passwordHash: Buffer): Promise<number> {
    const entry = await this.directory.lock(tx, staffId);
    await tx.query(
      `UPDATE staff SET password_hash = $2, failures = 0, locked_until = NULL WHERE id = $1`,
      [staffId, passwordHash],
    );
    await this.mail.tellOfChange(tx, entry?.email ?? null, 'The password was changed');
    await this.signIns.endAll(tx, staffId);
    return this.sessions.revokeAll(tx, staffId);
  }

  /**
   * Takes password, authenticator and recovery codes away: the account waits to be enrolled anew.
   * Answers how many sessions ended.
   */
  async takeAway(tx: Tx, staffId: string): Promise<number> {
    await tx.query(
      `UPDATE staff SET password_hash = NULL, totp_secret = NULL, enrolled_at = NULL WHERE id = $1`,
      [staffId],
    );
    await this.recoveryCodes.erase(tx, staffId);
    await this.signIns.endAll(tx, staffId);
    return this.sessions.revokeAll(tx, staffId);
  }
}
