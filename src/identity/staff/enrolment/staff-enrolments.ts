import { randomBytes } from 'node:crypto';

import { Injectable } from '@nestjs/common';
import { generateSecret, generateURI } from 'otplib';

import type { Tx } from '../../../ledger/index.js';
import { AppDatabase, Clock, KeyStore } from '../../../platform/index.js';
import { Policies } from '../../../policy/index.js';
import { openEmail } from '../staff-email.js';

const tokenBytes = 32;
const issuer = 'Probity';

/** An authenticator on its way: what the holder scans, and the token that confirms it. */
export interface BegunEnrolment {
  readonly enrolmentToken: string;
  readonly otpauthUri: string;
  readonly expiresAt: Date;
}

/** Both factors of somebody, until the first code confirms them. */
export interface PendingEnrolment {
  readonly staffId: string;
  readonly passwordHash: Buffer;
  readonly totpSecret: Buffer;
}

/** The way between an enrolment link and the first right code. */
@Injectable()
export class StaffEnrolments {
  constructor(
    private readonly database: AppDatabase,
    private readonly keys: KeyStore,
    private readonly policies: Policies,
    private readonly clock: Clock,
  ) {}

  /** The address that an account was invited at: what its password may not be made of. */
  async emailOf(staffId: string): Promise<string> {
    const [row] = await this.database.query<{ email: Buffer | null }[]>(
      'SELECT email FROM staff WHERE id = $1',
      [staffId],
    );
    return row?.email ? openEmail(this.keys, staffId, row.email) : '';
  }

  /** Makes a fresh TOTP secret and keeps it, sealed, beside the hash of the password. */
  async begin(
    tx: Tx,
    { staffId, email, passwordHash }: { staffId: string; email: string; passwordHash: Buffer },
  ): Promise<BegunEnrolment> {
    const { enrolmentSeconds } = this.policies.verification.staffLinks;
    const { secretBytes } = this.policies.verification.totp;
    const secret = generateSecret({ length: secretBytes });
    const enrolmentToken = randomBytes(tokenBytes).toString('base64url');
    const expiresAt = new Date(tx.now.getTime() + enrolmentSeconds * 1000);
    await tx.query('DELETE FROM staff_enrolments WHERE staff_id = $1', [staffId]);
    await tx.query(
      `INSERT INTO staff_enrolments (token_digest, staff_id, password_hash, totp_secret, created_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6)`,
      [
        this.#digestOf(enrolmentToken),
        staffId,
        passwordHash,
        this.keys.seal('staff-totp', Buffer.from(secret, 'utf8'), contextOf(staffId)),
        tx.now,
        expiresAt,
      ],
    );
    const otpauthUri = generateURI({ issuer, label: email, secret });
    return { enrolmentToken, otpauthUri, expiresAt };
  }

  /** Counts a try at the first code before it is looked at; null where there is none to try. */
  async countTry(enrolmentToken: string): Promise<(PendingEnrolment & { secret: string }) | null> {
    const [rows] = await this.database.query<[PendingEnrolment[], number]>(
      `UPDATE staff_enrolments SET attempts = attempts + 1
       WHERE token_digest = $1 AND attempts < $2 AND expires_at > $3
       RETURNING staff_id AS "staffId", password_hash AS "passwordHash", totp_secret AS "totpSecret"`,
      [
        this.#digestOf(enrolmentToken),
        this.policies.verification.staffLinks.codeAttemptsMax,
        this.clock.now(),
      ],
    );
    const [pending] = rows;
    if (!pending) return null;
    const secret = this.keys.open('staff-totp', pending.totpSecret, contextOf(pending.staffId));
    return { ...pending, secret: secret.toString('utf8') };
  }

  /** Takes the enrolment for good; true once. */
  async take(tx: Tx, enrolmentToken: string): Promise<boolean> {
    const [, taken] = await tx.manager.query<[unknown[], number]>(
      'DELETE FROM staff_enrolments WHERE token_digest = $1',
      [this.#digestOf(enrolmentToken)],
    );
    return taken === 1;
  }

  #digestOf(enrolmentToken: string): Buffer {
    return this.keys.mac('refresh-token', `staff-enrolment/v1\n${enrolmentToken}`);
  }
}

/** The account's own context: what was sealed here is the account's secret once it is confirmed. */
function contextOf(staffId: string): string {
  return `staff-totp/v1\n${staffId}`;
}
