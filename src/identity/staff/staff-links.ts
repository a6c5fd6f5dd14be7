import { randomBytes, timingSafeEqual } from 'node:crypto';

import { Injectable } from '@nestjs/common';

import type { Tx } from '../../ledger/index.js';
import { AppDatabase, Clock, KeyStore } from '../../platform/index.js';
import { Policies } from '../../policy/index.js';

/** What a link is good for; a link of one use is none of the other. */
export type StaffLinkUse = 'enrolment' | 'password-reset';

/** A link that is good at this moment, and whose. */
export interface StaffLink {
  readonly digest: Buffer;
  readonly staffId: string;
}

const secretBytes = 32;
const signatureBytes = 16;

/**
 * Links to members of staff: signed, good once and for a time. The token travels in the fragment of
 * an address and in the body of a request; only its keyed digest is kept.
 */
@Injectable()
export class StaffLinks {
  constructor(
    private readonly database: AppDatabase,
    private readonly keys: KeyStore,
    private readonly policies: Policies,
    private readonly clock: Clock,
  ) {}

  /** Makes a link and ends those of the same use before it. Nobody's link is made too, and leads nowhere. */
  async issue(tx: Tx, use: StaffLinkUse, staffId: string | null): Promise<string> {
    const { invitationSeconds, resetSeconds } = this.policies.verification.staffLinks;
    const seconds = use === 'enrolment' ? invitationSeconds : resetSeconds;
    await this.#end(tx, staffId, use);
    const secret = randomBytes(secretBytes);
    const token = Buffer.concat([secret, this.#sign(use, secret)]).toString('base64url');
    await tx.query(
      `INSERT INTO staff_links (token_digest, use, staff_id, created_at, expires_at)
       VALUES ($1, $2, $3, $4, $5)`,
      [this.#digestOf(token), use, staffId, tx.now, new Date(tx.now.getTime() + seconds * 1000)],
    );
    return token;
  }

  /** The link a token stands for; null for one that is forged, used, expired or of another use. */
  async find(use: StaffLinkUse, token: string): Promise<StaffLink | null> {
    if (!this.#isSigned(use, token)) return null;
    const digest = this.#digestOf(token);
    const [row] = await this.database.query<{ staff_id: string }[]>(
      `SELECT staff_id FROM staff_links WHERE token_digest = $1 AND use = $2 AND used_at IS NULL
         AND expires_at > $3 AND staff_id IS NOT NULL`,
      [digest, use, this.clock.now()],
    );
    return row ? { digest, staffId: row.staff_id } : null;
  }

  /**
   * Counts a try at a code before it is looked at; false where the link has had all of its tries, or
   * its holder all that an account has between two right codes: a link is easily asked for again.
   */
  async countTry({ digest }: StaffLink): Promise<boolean> {
    const { staffLinks, staffLock } = this.policies.verification;
    const [rows] = await this.database.query<[object[], number]>(
      `WITH tried AS (
         UPDATE staff_links SET attempts = attempts + 1
         WHERE token_digest = $1 AND attempts < $2 AND used_at IS NULL RETURNING staff_id
       )
       UPDATE staff SET link_tries = link_tries + 1 FROM tried
       WHERE staff.id = tried.staff_id AND link_tries < $3 RETURNING staff.id`,
      [digest, staffLinks.codeAttemptsMax, staffLock.failuresMax],
    );
    return rows.length === 1;
  }

  /** Takes a link for good; true once, of any number that come at the same time. */
  async take(tx: Tx, { digest }: StaffLink): Promise<boolean> {
    const rows = await tx.query(
      `UPDATE staff_links SET used_at = $2
       WHERE token_digest = $1 AND used_at IS NULL AND expires_at > $2 RETURNING staff_id`,
      [digest, tx.now],
    );
    return rows.length === 1;
  }

  /** Ends every link of a member of staff: they were disabled, or made anew. */
  async endAll(tx: Tx, staffId: string): Promise<void> {
    await this.#end(tx, staffId, 'enrolment');
    await this.#end(tx, staffId, 'password-reset');
  }

  async #end(tx: Tx, staffId: string | null, use: StaffLinkUse): Promise<void> {
    await tx.query(
      `UPDATE staff_links SET used_at = $3 WHERE staff_id = $1 AND use = $2 AND used_at IS NULL`,
      [staffId, use, tx.now],
    );
  }

  /** A guess is refused by its signature, without a look at the database. */
  #isSigned(use: StaffLinkUse, token: string): boolean {
    const bytes = Buffer.from(token, 'base64url');
    if (bytes.length !== secretBytes + signatureBytes) return false;
    const expected = this.#sign(use, bytes.subarray(0, secretBytes));
    return timingSafeEqual(expected, bytes.subarray(secretBytes));
  }

  #sign(use: StaffLinkUse, secret: Buffer): Buffer {
    const signed = `staff-link-signature/v1\n${use}\n${secret.toString('base64url')}`;
    return this.keys.mac('refresh-token', signed).subarray(0, signatureBytes);
  }

  #digestOf(token: string): Buffer {
    return this.keys.mac('refresh-token', `staff-link/v1\n${token}`);
  }
}
