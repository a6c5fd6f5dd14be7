import { randomBytes } from 'node:crypto';

import { Injectable } from '@nestjs/common';

import type { Tx } from '../../ledger/index.js';
import { KeyStore, type SessionId } from '../../platform/index.js';

const tokenBytes = 32;

/** A refresh token that somebody came with: of which session, and whether it was used before. */
export interface TakenRefreshToken {
  readonly sessionId: SessionId;
  readonly isReused: boolean;
}

/** The chain of refresh tokens of each session; only their keyed digests are kept. */
@Injectable()
export class RefreshTokens {
  constructor(private readonly keys: KeyStore) {}

  async issue(tx: Tx, sessionId: SessionId): Promise<string> {
    const refreshToken = randomBytes(tokenBytes).toString('base64url');
    await tx.query(
      'INSERT INTO staff_refresh_tokens (digest, session_id, created_at) VALUES ($1, $2, $3)',
      [this.#digestOf(refreshToken), sessionId, tx.now],
    );
    return refreshToken;
  }

  /** Takes a token for good; null for one that was never issued. */
  async take(tx: Tx, refreshToken: string): Promise<TakenRefreshToken | null> {
    const digest = this.#digestOf(refreshToken);
    const [taken] = await tx.query<{ session_id: SessionId }>(
      `UPDATE staff_refresh_tokens SET used_at = $2 WHERE digest = $1 AND used_at IS NULL RETURNING session_id`,
      [digest, tx.now],
    );
    if (taken) return { sessionId: taken.session_id, isReused: false };
    const [used] = await tx.query<{ session_id: SessionId }>(
      'SELECT session_id FROM staff_refresh_tokens WHERE digest = $1',
      [digest],
    );
    return used ? { sessionId: used.session_id, isReused: true } : null;
  }

  #digestOf(refreshToken: string): Buffer {
    return this.keys.mac('refresh-token', `refresh/v1\n${refreshToken}`);
  }
}
