import { randomBytes } from 'node:crypto';

import { Injectable } from '@nestjs/common';

import type { Tx } from '../../ledger/index.js';
import {
  AppDatabase,
  type AssuranceLevel,
  Clock,
  IdSource,
  KeyStore,
  type Level,
  type SessionId,
} from '../../platform/index.js';
import { Policies } from '../../policy/index.js';
import { type AccessToken, AccessTokens } from '../access-tokens.js';

/** A staff session with what the directory says of its holder at this moment. */
export interface FoundStaffSession {
  readonly id: SessionId;
  readonly staffId: string;
  readonly acr: AssuranceLevel;
  readonly amr: readonly string[];
  readonly method: string;
  readonly authenticatedAt: Date;
  readonly lastSeenAt: Date;
  readonly expiresAt: Date;
  readonly roles: readonly string[];
  readonly level: Level | null;
}

/** What a sign-in and each refresh answer. The refresh token is good once. */
export interface StaffTokens extends AccessToken {
  readonly refreshToken: string;
}

/** How a refresh token was found. `reused`: it was good once before. */
export type Redeemed =
  | { readonly kind: 'good'; readonly session: FoundStaffSession }
  | { readonly kind: 'reused'; readonly sessionId: SessionId }
  | { readonly kind: 'unknown' };

const columns = `s.id, s.staff_id AS "staffId", s.acr, s.amr, s.method,
  s.authenticated_at AS "authenticatedAt", s.last_seen_at AS "lastSeenAt", s.expires_at AS "expiresAt",
  p.roles, p.level`;
const alive = `s.revoked_at IS NULL AND s.expires_at > $2
  AND s.last_seen_at > $2::timestamptz - make_interval(secs => $3) AND p.disabled_at IS NULL`;
const touchSeconds = 10;
const tokenBytes = 32;

/** Password and one-time code: knowledge and possession (RFC 8176 `pwd`, `otp`). */
const proof = { acr: 'aal2', amr: ['pwd', 'otp'], method: 'totp' } as const;

/** Owns staff sessions, their access tokens and the chain of refresh tokens of each. */
@Injectable()
export class StaffSessions {
  constructor(
    private readonly database: AppDatabase,
    private readonly keys: KeyStore,
    private readonly tokens: AccessTokens,
    private readonly policies: Policies,
    private readonly stamps: Stamps,
  ) {}

  async open(tx: Tx, staff: Pick<FoundStaffSession, 'roles' | 'level'> & { id: string }): Promise<FoundStaffSession> {
    const { absoluteSeconds } = this.policies.verification.staffSession;
    const session = {
      id: this.stamps.ids.ordered<SessionId>(),
      staffId: staff.id,
      ...proof,
      authenticatedAt: tx.now,
      lastSeenAt: tx.now,
      expiresAt: new Date(tx.now.getTime() + absoluteSeconds * 1000),
      roles: staff.roles,
      level: staff.level,
    };
    await tx.query(
      `INSERT INTO staff_sessions (id, staff_id, acr, amr, method, authenticated_at, created_at, last_seen_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $6, $6, $7)`,
      [session.id, staff.id, proof.acr, proof.amr, proof.method, tx.now, session.expiresAt],
    );
    return session;
  }

  /** Fresh tokens of a session. When it was authenticated stays as it was (RFC 9470 §4). */
  async issueTokens(tx: Tx, session: FoundStaffSession): Promise<StaffTokens> {
    const refreshToken = randomBytes(tokenBytes).toString('base64url');
    await tx.query(
      'INSERT INTO staff_refresh_tokens (digest, session_id, created_at) VALUES ($1, $2, $3)',
      [this.#digestOf(refreshToken), session.id, tx.now],
    );
    const secondsLeft = Math.floor((session.expiresAt.getTime() - tx.now.getTime()) / 1000);
    const { tokenSeconds } = this.policies.verification.staffSession;
    const token = await this.tokens.issue({
      kind: 'staff',
      sub: session.staffId,
      sessionId: session.id,
      acr: session.acr,
      amr: session.amr,
      method: session.method,
      authenticatedAt: session.authenticatedAt,
      lifeSeconds: Math.min(tokenSeconds, secondsLeft),
    });
    return { ...token, refreshToken };
  }

  /** Takes a refresh token for good; of two that come with the same one, the second is a reuse. */
  async redeem(tx: Tx, refreshToken: string): Promise<Redeemed> {
    const digest = this.#digestOf(refreshToken);
    const [taken] = await tx.query<{ session_id: SessionId }>(
      `UPDATE staff_refresh_tokens SET used_at = $2 WHERE digest = $1 AND used_at IS NULL RETURNING session_id`,
      [digest, tx.now],
    );
    if (!taken) return this.#findUsed(tx, digest);
    const { idleSeconds } = this.policies.verification.staffSession;
    const [session] = await tx.query<FoundStaffSession>(
      `SELECT ${columns} FROM staff_sessions s JOIN staff p ON p.id = s.staff_id WHERE s.id = $1 AND ${alive}`,
      [taken.session_id, tx.now, idleSeconds],
    );
    return session ? { kind: 'good', session } : { kind: 'unknown' };
  }

  /** Finds a session that is alive, with the roles of this moment: asked for each request. */
  async findAlive(sessionId: string): Promise<FoundStaffSession | null> {
    const now = this.stamps.clock.now();
    const { idleSeconds } = this.policies.verification.staffSession;
    const [session] = await this.database.query<FoundStaffSession[]>(
      `SELECT ${columns} FROM staff_sessions s JOIN staff p ON p.id = s.staff_id WHERE s.id = $1 AND ${alive}`,
      [sessionId, now, idleSeconds],
    );
    if (session && now.getTime() - session.lastSeenAt.getTime() >= touchSeconds * 1000) {
      await this.database.query(
        'UPDATE staff_sessions SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2',
        [sessionId, now],
      );
    }
    return session ?? null;
  }

  /** Ends a session; the next request with any of its tokens, on any instance, is refused. */
  async revoke(tx: Tx, sessionId: SessionId): Promise<void> {
    await tx.query('UPDATE staff_sessions SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL', [
      sessionId,
      tx.now,
    ]);
  }

  async #findUsed(tx: Tx, digest: Buffer): Promise<Redeemed> {
    const [used] = await tx.query<{ session_id: SessionId }>(
      'SELECT session_id FROM staff_refresh_tokens WHERE digest = $1',
      [digest],
    );
    return used ? { kind: 'reused', sessionId: used.session_id } : { kind: 'unknown' };
  }

  #digestOf(refreshToken: string): Buffer {
    return this.keys.mac('refresh-token', `refresh/v1\n${refreshToken}`);
  }
}

/** What stamps a new row: its id and its instant. */
@Injectable()
export class Stamps {
  constructor(
    readonly ids: IdSource,
    readonly clock: Clock,
  ) {}
}
