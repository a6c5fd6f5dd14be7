import { Injectable } from '@nestjs/common';

import type { Tx } from '../../ledger/index.js';
import { AppDatabase, Clock, Config, KeyStore, type Level } from '../../platform/index.js';
import { Policies } from '../../policy/index.js';
import { sealEmail, staffEmailIndex } from './staff-email.js';

/** A member of staff whose attempt was counted and may be evaluated. */
export interface CountedStaff {
  readonly id: string;
  readonly passwordHash: Buffer;
  readonly totpSecret: Buffer;
  readonly roles: readonly string[];
  readonly level: Level | null;
  readonly failures: number;
  /** Whether this attempt, should it fail, locks the account. */
  readonly locks: boolean;
}

/** A member of staff who is there from the start, with both factors. */
export interface NewStaff {
  readonly id: string;
  readonly email: string;
  readonly passwordHash: Buffer;
  /** Base32 (RFC 4648 §6), at least 160 bits (RFC 4226 §4). */
  readonly totpSecret: string;
  readonly roles: readonly string[];
  readonly level: Level | null;
  readonly demo: boolean;
}

const dayMilliseconds = 86_400_000;

/** Owns the staff directory's secrets and the count of failures that locks an account. */
@Injectable()
export class StaffAccounts {
  constructor(
    private readonly database: AppDatabase,
    private readonly keys: KeyStore,
    private readonly policies: Policies,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  /** Counts an attempt at a password before it is compared; null where there is none to compare. */
  async countByEmail(email: string): Promise<CountedStaff | null> {
    const index = this.#indexOf(email);
    return (await this.#count('email_index', index)) ?? this.#countNobody(index);
  }

  /** Counts an attempt at a one-time code; null where the account is locked or disabled. */
  countById(id: string): Promise<CountedStaff | null> {
    return this.#count('id', id);
  }

  /** The password was right: this attempt was no failure. The earlier ones still count until a whole sign-in. */
  async giveBack(tx: Tx, id: string): Promise<void> {
    await tx.query(
      'UPDATE staff SET failures = greatest(failures - 1, 0), locked_until = NULL WHERE id = $1',
      [id],
    );
  }

  /**
   * Takes a time step for good (RFC 6238 §5.2): of any number of attempts with one step, on any number
   * of instances, one gets true.
   */
  async takeStep(tx: Tx, id: string, step: number): Promise<boolean> {
    const rows = await tx.query(
      `UPDATE staff SET totp_last_step = $2, failures = 0, link_tries = 0, locked_until = NULL, last_used_at = $3
       WHERE id = $1 AND totp_last_step < $2 RETURNING id`,
      [id, step, tx.now],
    );
    return rows.length === 1;
  }

  /** A recovery code was right: a whole sign-in, as after a time step. */
  async succeed(tx: Tx, id: string): Promise<void> {
    await tx.query(
      'UPDATE staff SET failures = 0, link_tries = 0, locked_until = NULL, last_used_at = $2 WHERE id = $1',
      [id, tx.now],
    );
  }

  /** The secret of an account that may sign in; null for every other. */
  async findTotpSecret(id: string): Promise<string | null> {
    const [row] = await this.database.query<{ totpSecret: Buffer }[]>(
      `SELECT totp_secret AS "totpSecret" FROM staff
       WHERE id = $1 AND disabled_at IS NULL AND totp_secret IS NOT NULL`,
      [id],
    );
    return row ? this.openTotpSecret({ id, ...row }) : null;
  }

  openTotpSecret({ id, totpSecret }: Pick<CountedStaff, 'id' | 'totpSecret'>): string {
    return this.keys.open('staff-totp', totpSecret, totpContext(id)).toString('utf8');
  }

  sealTotpSecret(id: string, secret: string): Buffer {
    return this.keys.seal('staff-totp', Buffer.from(secret, 'utf8'), totpContext(id));
  }

  /** Adds a member of staff unless the address is taken; answers whether it was added. */
  async add(staff: NewStaff): Promise<boolean> {
    const rows = await this.database.query<object[]>(
      `INSERT INTO staff (id, email_index, email, password_hash, totp_secret, roles, level, demo,
         created_at, last_used_at, enrolled_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $9) ON CONFLICT (email_index) DO NOTHING RETURNING id`,
      [
        staff.id,
        this.#indexOf(staff.email),
        sealEmail(this.keys, staff.id, staff.email),
        staff.passwordHash,
        this.sealTotpSecret(staff.id, staff.totpSecret),
        staff.roles,
        staff.level,
        staff.demo,
        this.clock.now(),
      ],
    );
    return rows.length === 1;
  }

  /** Which of the addresses have no account yet. */
  async missing(emails: readonly string[]): Promise<readonly string[]> {
    const rows = await this.database.query<{ email_index: Buffer }[]>(
      'SELECT email_index FROM staff WHERE email_index = ANY($1)',
      [emails.map((email) => this.#indexOf(email))],
    );
    const present = new Set(rows.map((row) => row.email_index.toString('hex')));
    return emails.filter((email) => !present.has(this.#indexOf(email).toString('hex')));
  }

  async hasDemoAccounts(): Promise<boolean> {
    const rows = await this.database.query<object[]>('SELECT 1 FROM staff WHERE demo LIMIT 1');
    return rows.length > 0;
  }

  async #count(key: 'email_index' | 'id', value: unknown): Promise<CountedStaff | null> {
    const { staffLock, staffSession } = this.policies.verification;
    const now = this.clock.now();
    const unusedSince = new Date(now.getTime() - staffSession.unusedDaysMax * dayMilliseconds);
    // Demo accounts are exempt from disuse: a journey of 90 simulated days would end without staff.
    const [rows] = await this.database.query<[CountedStaff[], number]>(
      `UPDATE staff SET failures = failures + 1, locked_until = lock_end(failures + 1, $2, $3)
       WHERE ${key} = $1 AND disabled_at IS NULL AND (locked_until IS NULL OR locked_until <= $2)
         AND (demo OR last_used_at > $4) AND password_hash IS NOT NULL
         AND ($5::text[] IS NULL OR roles && $5::text[])
       RETURNING id, password_hash AS "passwordHash", totp_secret AS "totpSecret", roles, level,
         failures, locked_until IS NOT NULL AS locks`,
      [value, now, JSON.stringify(staffLock), unusedSince, this.#passwordRoles()],
    );
    return rows[0] ?? null;
  }

  /** Who may sign in with a password at all: everybody, or where the company's provider does it, few. */
  #passwordRoles(): readonly string[] | null {
    return this.config.oidc === null ? null : this.policies.verification.staffOidc.breakGlassRoles;
  }

  /** Written where nobody is found: a commit takes its time, and time would tell who has an account. */
  async #countNobody(index: Buffer): Promise<null> {
    await this.database.query(
      `INSERT INTO sign_in_counters AS c (key_digest, attempts, last_attempt_at) VALUES ($1, 1, $2)
       ON CONFLICT (key_digest) DO UPDATE SET attempts = c.attempts + 1, last_attempt_at = $2`,
      [index, this.clock.now()],
    );
    return null;
  }

  #indexOf(email: string): Buffer {
    return staffEmailIndex(this.keys, email);
  }
}

function totpContext(staffId: string): string {
  return `staff-totp/v1\n${staffId}`;
}
