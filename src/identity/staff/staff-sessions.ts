import { Injectable } from '@nestjs/common';

import type { Tx } from '../../ledger/index.js';
import {
  AppDatabase,
  type AssuranceLevel,
  Clock,
  type Level,
  type SessionId,
} from '../../platform/index.js';
import { Policies } from '../../policy/index.js';
import { type AccessToken, AccessTokens } from '../access-tokens.js';
import { StaffRefreshTokens } from '../refresh-tokens.js';

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

/** Whose session it is, with the roles of this moment. */
export interface SessionHolder {
  readonly id: string;
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
const findSession = `
  SELECT ${columns} FROM staff_sessions s JOIN staff p ON p.id = s.staff_id
  WHERE s.id = $1 AND s.revoked_at IS NULL AND s.expires_at > $2
    AND s.last_seen_at > $2::timestamptz - make_interval(secs => $3) AND p.disabled_at IS NULL`;
const touchSeconds = 10;

/** How somebody proved themselves (RFC 8176), always by two factors. */
export interface StaffProof {
  readonly amr: readonly string[];
  readonly method: 'totp' | 'recovery-code' | 'oidc';
  /** When, where the company's provider did it; now where absent. */
  readonly authenticatedAt?: Date;
}

/** A session as its holder, or who looks after the account, sees it. */
export interface ListedStaffSession {
  readonly id: SessionId;
  readonly method: string;
  readonly amr: readonly string[];
  readonly authenticatedAt: Date;
  readonly lastSeenAt: Date;
  readonly expiresAt: Date;
}

const listedMax = 200;
const provenLevel = 'aal2';

/** Owns staff sessions, their access tokens and the chain of refresh tokens of each. */
@Injectable()
export class StaffSessions {
  constructor(
    private readonly database: AppDatabase,
    private readonly tokens: AccessTokens,
    private readonly refreshTokens: StaffRefreshTokens,
    private readonly policies: Policies,
    private readonly clock: Clock,
  ) {}

  async open(
    tx: Tx,
    id: SessionId,
    { staff, proof }: { staff: SessionHolder; proof: StaffProof },
  ): Promise<FoundStaffSession> {
    const { absoluteSeconds } = this.policies.verification.staffSession;
    const session: FoundStaffSession = {
      id,
      staffId: staff.id,
      acr: provenLevel,
      amr: proof.amr,
      method: proof.method,
      authenticatedAt: proof.authenticatedAt ?? tx.now,
      lastSeenAt: tx.now,
      expiresAt: new Date(tx.now.getTime() + absoluteSeconds * 1000),
      roles: staff.roles,
      level: staff.level,
    };
    await tx.query(
      `INSERT INTO staff_sessions (id, staff_id, acr, amr, method, authenticated_at, created_at, last_seen_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)`,
      [
        session.id,
        staff.id,
        session.acr,
        session.amr,
        session.method,
        session.authenticatedAt,
        tx.now,
        session.expiresAt,
      ],
    );
    return session;
  }

  /** Fresh tokens of a session. When it was authenticated stays as it was (RFC 9470 §4). */
  async issueTokens(tx: Tx, session: FoundStaffSession): Promise<StaffTokens> {
    const refreshToken = await this.refreshTokens.issue(tx, session.id);
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
    const taken = await this.refreshTokens.take(tx, refreshToken);
    if (taken === null) return { kind: 'unknown' };
    if (taken.isReused) return { kind: 'reused', sessionId: taken.sessionId };
    const { idleSeconds } = this.policies.verification.staffSession;
    const [session] = await tx.query<FoundStaffSession>(findSession, [
      taken.sessionId,
      tx.now,
      idleSeconds,
    ]);
    return session ? { kind: 'good', session } : { kind: 'unknown' };
  }

  /**
   * Finds a session that is alive, with the roles of this moment: asked for each request. Only
   * activity postpones idling.
   */
  async findAlive(sessionId: string, isActivity: boolean): Promise<FoundStaffSession | null> {
    const now = this.clock.now();
    const { idleSeconds } = this.policies.verification.staffSession;
    const [session] = await this.database.query<FoundStaffSession[]>(findSession, [
      sessionId,
      now,
      idleSeconds,
    ]);
    if (
      isActivity &&
      session &&
      now.getTime() - session.lastSeenAt.getTime() >= touchSeconds * 1000
    ) {
      await this.database.query(
        'UPDATE staff_sessions SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2',
        [sessionId, now],
      );
    }
    return session ?? null;
  }

  /** Ends a session; the next request with any of its tokens, on any instance, is refused. */
  async revoke(tx: Tx, sessionId: SessionId): Promise<void> {
    await tx.query(
      'UPDATE staff_sessions SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL',
      [sessionId, tx.now],
    );
  }

  /** Ends every session of somebody; answers how many. */
  async revokeAll(tx: Tx, staffId: string): Promise<number> {
    const [, ended] = await tx.manager.query<[unknown[], number]>(
      `UPDATE staff_sessions SET revoked_at = $2
       WHERE staff_id = $1 AND revoked_at IS NULL AND expires_at > $2`,
      [staffId, tx.now],
    );
    return ended;
  }

  /** Whose session an id is, while it stands; null where there is none. */
  async holderOf(tx: Tx, sessionId: string): Promise<string | null> {
    const [row] = await tx.query<{ staff_id: string }>(
      'SELECT staff_id FROM staff_sessions WHERE id = $1 AND revoked_at IS NULL AND expires_at > $2',
      [sessionId, tx.now],
    );
    return row?.staff_id ?? null;
  }

  /** The sessions of somebody that are alive, newest first. */
  async list(tx: Tx, staffId: string): Promise<readonly ListedStaffSession[]> {
    const { idleSeconds } = this.policies.verification.staffSession;
    return tx.query<ListedStaffSession>(
      `SELECT id, method, amr, authenticated_at AS "authenticatedAt", last_seen_at AS "lastSeenAt",
         expires_at AS "expiresAt" FROM staff_sessions
       WHERE staff_id = $1 AND revoked_at IS NULL AND expires_at > $2
         AND last_seen_at > $2::timestamptz - make_interval(secs => $3)
       ORDER BY created_at DESC LIMIT $4`,
      [staffId, tx.now, idleSeconds, listedMax],
    );
  }
}
