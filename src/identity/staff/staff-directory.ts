import { Injectable } from '@nestjs/common';

import type { Tx } from '../../ledger/index.js';
import { KeyStore, type Level } from '../../platform/index.js';
import { openEmail, sealEmail, staffEmailIndex } from './staff-email.js';

export const staffStatuses = ['invited', 'active', 'disabled'] as const;
/** `invited`: known, with no way to sign in yet. */
export type StaffStatus = (typeof staffStatuses)[number];

export const disablingReasons = ['unused', 'administrator'] as const;
export type DisablingReason = (typeof disablingReasons)[number];

/** A member of staff as the directory knows them. */
export interface StaffEntry {
  readonly id: string;
  /** Null where the entry was made before addresses were kept. */
  readonly email: string | null;
  readonly roles: readonly string[];
  readonly level: Level | null;
  readonly status: StaffStatus;
  readonly disabledReason: DisablingReason | null;
  /** Whether password and authenticator of our own are enrolled. */
  readonly hasPassword: boolean;
  readonly lockedUntil: Date | null;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
}

/** Roles and level, as an administrator or the company's provider gives them. */
export interface StaffRoles {
  readonly roles: readonly string[];
  readonly level: Level | null;
}

interface StaffRow extends Omit<StaffEntry, 'email' | 'status'> {
  readonly email: Buffer | null;
  readonly enrolledAt: Date | null;
  readonly disabledAt: Date | null;
}

const columns = `id, email, roles, level, disabled_reason AS "disabledReason", disabled_at AS "disabledAt",
  password_hash IS NOT NULL AS "hasPassword", enrolled_at AS "enrolledAt",
  locked_until AS "lockedUntil", created_at AS "createdAt", last_used_at AS "lastUsedAt"`;
const listedMax = 1000;

/** Owns who is staff, with which roles and in which state. Every change is the caller's transaction. */
@Injectable()
export class StaffDirectory {
  constructor(private readonly keys: KeyStore) {}

  /** The entry under a row lock; null for an unknown id. */
  async lock(tx: Tx, id: string): Promise<StaffEntry | null> {
    return this.#one(tx, `SELECT ${columns} FROM staff WHERE id = $1 FOR UPDATE`, id);
  }

  async lockByEmail(tx: Tx, email: string): Promise<StaffEntry | null> {
    const index = staffEmailIndex(this.keys, email);
    return this.#one(tx, `SELECT ${columns} FROM staff WHERE email_index = $1 FOR UPDATE`, index);
  }

  /** By address, oldest entries first. */
  async list(tx: Tx): Promise<readonly StaffEntry[]> {
    const rows = await tx.query<StaffRow>(
      `SELECT ${columns} FROM staff ORDER BY created_at, id LIMIT $1`,
      [listedMax],
    );
    return rows.map((row) => this.#entryOf(row));
  }

  /** Adds somebody who has nothing to sign in with; false where the address is taken meanwhile. */
  async add(
    tx: Tx,
    staff: StaffRoles & { readonly id: string; readonly email: string },
  ): Promise<boolean> {
    const rows = await tx.query(
      `INSERT INTO staff (id, email_index, email, roles, level, created_at, last_used_at)
       VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (email_index) DO NOTHING RETURNING id`,
      [
        staff.id,
        staffEmailIndex(this.keys, staff.email),
        sealEmail(this.keys, staff.id, staff.email),
        staff.roles,
        staff.level,
        tx.now,
      ],
    );
    return rows.length === 1;
  }

  async setRoles(tx: Tx, id: string, { roles, level }: StaffRoles): Promise<void> {
    await tx.query('UPDATE staff SET roles = $2, level = $3 WHERE id = $1', [id, roles, level]);
  }

  async disable(tx: Tx, id: string, reason: DisablingReason): Promise<void> {
    await tx.query(
      'UPDATE staff SET disabled_at = $2, disabled_reason = $3 WHERE id = $1 AND disabled_at IS NULL',
      [id, tx.now, reason],
    );
  }

  /** From now on the entry counts as used: its ninety days begin anew. */
  async enable(tx: Tx, id: string): Promise<void> {
    await tx.query(
      `UPDATE staff SET disabled_at = NULL, disabled_reason = NULL, failures = 0, locked_until = NULL,
         last_used_at = $2 WHERE id = $1`,
      [id, tx.now],
    );
  }

  async #one(tx: Tx, sql: string, parameter: unknown): Promise<StaffEntry | null> {
    const [row] = await tx.query<StaffRow>(sql, [parameter]);
    return row ? this.#entryOf(row) : null;
  }

  #entryOf({ email, enrolledAt, disabledAt, ...row }: StaffRow): StaffEntry {
    return {
      ...row,
      email: email === null ? null : openEmail(this.keys, row.id, email),
      status: statusOf(enrolledAt, disabledAt),
    };
  }
}

function statusOf(enrolledAt: Date | null, disabledAt: Date | null): StaffStatus {
  if (disabledAt !== null) return 'disabled';
  return enrolledAt === null ? 'invited' : 'active';
}
