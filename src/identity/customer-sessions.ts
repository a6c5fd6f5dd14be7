import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import type { Tx } from '../ledger/index.js';
import {
  AppDatabase,
  type AssuranceLevel,
  Clock,
  type ConversationId,
  IdSource,
  meetsAssurance,
  type SessionId,
  type SubjectRef,
} from '../platform/index.js';
import { Policies } from '../policy/index.js';
import { type AccessToken, AccessTokens } from './access-tokens.js';

/** A session of a customer, or of a guest in one conversation, as it stands in its row. */
export interface CustomerSession {
  readonly id: SessionId;
  readonly kind: 'customer' | 'guest';
  readonly subjectRef: SubjectRef;
  readonly conversationId: ConversationId | null;
  readonly acr: AssuranceLevel;
  readonly amr: readonly string[];
  readonly method: string | null;
  readonly authenticatedAt: Date | null;
  readonly lastSeenAt: Date;
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
}

/** A session found for a token, with the customer's number as it lies encrypted; null for a guest. */
export type FoundSession = CustomerSession & { readonly sealedNumber: Buffer | null };

/** What a right code adds to a session. */
export interface Raise {
  readonly acr: AssuranceLevel;
  readonly amr: readonly string[];
  readonly method: string;
}

/** What a sign-in proves. `authenticatedAt`: when the bank saw it, where that was not just now. */
export interface Proof extends Raise {
  readonly authenticatedAt?: Date;
}

const columns = `s.id, s.kind, s.subject_ref AS "subjectRef", s.conversation_id AS "conversationId",
  s.acr, s.amr, s.method, s.authenticated_at AS "authenticatedAt", s.last_seen_at AS "lastSeenAt",
  s.expires_at AS "expiresAt", s.revoked_at AS "revokedAt"`;

/** An activity is written down at most this often: reading many pages costs few writes. */
const touchSeconds = 10;

/** Owns the sessions of customers and guests: their life, their assurance, and the tokens that state it. */
@Injectable()
export class CustomerSessions {
  constructor(
    private readonly database: AppDatabase,
    private readonly tokens: AccessTokens,
    private readonly policies: Policies,
    private readonly ids: IdSource,
    private readonly clock: Clock,
  ) {}

  /** Opens a session for a customer whom the bank has vouched for with one factor. */
  async open(
    tx: Tx,
    subjectRef: SubjectRef,
    { acr, amr, method, authenticatedAt }: Proof,
  ): Promise<CustomerSession> {
    const { absoluteSeconds } = this.policies.verification.customerSession;
    return insert(tx, {
      id: this.ids.ordered<SessionId>(),
      kind: 'customer',
      subjectRef,
      conversationId: null,
      acr,
      amr,
      method,
      authenticatedAt: authenticatedAt ?? tx.now,
      lastSeenAt: tx.now,
      expiresAt: new Date(tx.now.getTime() + absoluteSeconds * 1000),
      revokedAt: null,
    });
  }

  /** Opens the session of a guest's conversation: it proves nothing and lasts a day. */
  async openForGuest(
    tx: Pick<Tx, 'now' | 'query'>,
    conversationId: ConversationId,
    subjectRef: SubjectRef,
  ): Promise<CustomerSession> {
    const { tokenSeconds } = this.policies.verification.guestConversation;
    return insert(tx, {
      id: this.ids.ordered<SessionId>(),
      kind: 'guest',
      subjectRef,
      conversationId,
      acr: 'aal0',
      amr: [],
      method: null,
      authenticatedAt: null,
      lastSeenAt: tx.now,
      expiresAt: new Date(tx.now.getTime() + tokenSeconds * 1000),
      revokedAt: null,
    });
  }

  /**
   * Raises a live session to what was proven now; it never lowers one. What proves less than the
   * session has proven before does not make it fresher either.
   *
   * @param raisedBy what the session reaches, told what it holds.
   * @returns the session as raised, or null where it has ended meanwhile.
   */
  async raise(
    tx: Tx,
    sessionId: SessionId,
    raisedBy: (held: CustomerSession) => Raise,
  ): Promise<CustomerSession | null> {
    const [held] = await tx.query<CustomerSession>(
      `SELECT ${columns} FROM customer_sessions s
       WHERE s.id = $1 AND s.revoked_at IS NULL AND s.expires_at > $2 FOR UPDATE`,
      [sessionId, tx.now],
    );
    if (!held) return null;
    const { acr, amr, method } = raisedBy(held);
    const isWeaker = !meetsAssurance(acr, held.acr);
    const [row] = await tx.query<CustomerSession>(
      `UPDATE customer_sessions AS s SET amr = $2, acr = $3, method = $4, authenticated_at = $5,
         last_seen_at = $6 WHERE s.id = $1 RETURNING ${columns}`,
      [
        sessionId,
        amr,
        isWeaker ? held.acr : acr,
        isWeaker ? held.method : method,
        isWeaker ? held.authenticatedAt : tx.now,
        tx.now,
      ],
    );
    return row ?? null;
  }

  /** A token that states what the session has proven now. */
  issueToken(session: CustomerSession): Promise<AccessToken> {
    const { customerSession, guestConversation } = this.policies.verification;
    return this.tokens.issue({
      kind: session.kind,
      sub: session.subjectRef,
      sessionId: session.id,
      acr: session.acr,
      amr: session.amr,
      method: session.method,
      authenticatedAt: session.authenticatedAt,
      lifeSeconds:
        session.kind === 'customer' ? customerSession.tokenSeconds : guestConversation.tokenSeconds,
    });
  }

  /**
   * Finds a session that is alive: not revoked, not expired, not idle too long. Asked for each
   * request, so that an end takes effect at once on every instance. Only activity postpones idling.
   */
  async findAlive(sessionId: string, isActivity: boolean): Promise<FoundSession | null> {
    const [session] = await this.database.query<FoundSession[]>(
      `SELECT ${columns}, c.number AS "sealedNumber" FROM customer_sessions s
       LEFT JOIN customers c ON c.subject_ref = s.subject_ref WHERE s.id = $1`,
      [sessionId],
    );
    const now = this.clock.now();
    if (!session || !this.#isAlive(session, now)) return null;
    if (isActivity && now.getTime() - session.lastSeenAt.getTime() >= touchSeconds * 1000) {
      await this.database.query(
        'UPDATE customer_sessions SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2',
        [sessionId, now],
      );
    }
    return session;
  }

  /**
   * Ends every other session of the actor, and takes the actor's own back to the bank's login: tokens
   * that state more are refused from now on.
   *
   * @returns null where the actor's session has ended meanwhile.
   */
  async protect(tx: Tx): Promise<{ session: CustomerSession; endedSessions: number } | null> {
    const { sessionId, subjectRef } = tx.actor;
    const [session] = await tx.query<CustomerSession>(
      `UPDATE customer_sessions AS s SET acr = least(s.acr, 'aal1'), amr = s.amr[1:1], method = NULL
       WHERE s.id = $1 AND s.revoked_at IS NULL AND s.expires_at > $2 RETURNING ${columns}`,
      [sessionId, tx.now],
    );
    if (!session) return null;
    const ended = await tx.query(
      `UPDATE customer_sessions SET revoked_at = $3
       WHERE subject_ref = $2 AND id <> $1 AND revoked_at IS NULL AND expires_at > $3 RETURNING id`,
      [sessionId, subjectRef, tx.now],
    );
    return { session, endedSessions: ended.length };
  }

  /** A session that is alive at the instant of the transaction; a refresh is no activity. */
  async findStanding(tx: Tx, sessionId: SessionId): Promise<CustomerSession | null> {
    const [session] = await tx.query<CustomerSession>(
      `SELECT ${columns} FROM customer_sessions s WHERE s.id = $1`,
      [sessionId],
    );
    return session && this.#isAlive(session, tx.now) ? session : null;
  }

  /** For reading what lies encrypted beside a session. */
  get manager(): EntityManager {
    return this.database.manager;
  }

  /** Ends a session; the next request with any of its tokens is refused. */
  async revoke(tx: Tx, sessionId: SessionId): Promise<void> {
    await tx.query(
      'UPDATE customer_sessions SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL',
      [sessionId, tx.now],
    );
  }

  #isAlive(session: CustomerSession, now: Date): boolean {
    if (session.revokedAt !== null || session.expiresAt <= now) return false;
    if (session.kind === 'guest') return true;
    const { idleSeconds } = this.policies.verification.customerSession;
    return now.getTime() - session.lastSeenAt.getTime() < idleSeconds * 1000;
  }
}

async function insert(
  tx: Pick<Tx, 'now' | 'query'>,
  session: CustomerSession,
): Promise<CustomerSession> {
  await tx.query(
    `INSERT INTO customer_sessions (id, kind, subject_ref, conversation_id, acr, amr, method,
       authenticated_at, created_at, last_seen_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10)`,
    [
      session.id,
      session.kind,
      session.subjectRef,
      session.conversationId,
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
