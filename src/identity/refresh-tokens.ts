import { randomBytes } from 'node:crypto';

import { Injectable } from '@nestjs/common';

import type { Tx } from '../ledger/index.js';
import { KeyStore, type SessionId } from '../platform/index.js';

const tokenBytes = 32;

/** A refresh token that somebody came with: of which session, and whether it was used before. */
export interface TakenRefreshToken {
  readonly sessionId: SessionId;
  readonly isReused: boolean;
}

/** The chain of refresh tokens of each session; only their keyed digests are kept. */
abstract class RefreshTokenChain {
  constructor(
    private readonly keys: KeyStore,
    private readonly table: 'staff_refresh_tokens' | 'customer_refresh_tokens',
  ) {}

  async issue(tx: Tx, sessionId: SessionId): Promise<string> {
    const refreshToken = randomBytes(tokenBytes).toString('base64url');
    await tx.query(
      `INSERT INTO ${this.table} (digest, session_id, created_at) VALUES ($1, $2, $3)`,
      [this.#digestOf(refreshToken), sessionId, tx.now],
    );
    return refreshToken;
  }

  /** Takes a token for good; null for one that was never issued. */
  async take(tx: Tx, refreshToken: string): Promise<TakenRefreshToken | null> {
    const digest = this.#digestOf(refreshToken);
    const [taken] = await tx.query<{ session_id: SessionId }>(
      `UPDATE ${this.table} SET used_at = $2 WHERE digest = $1 AND used_at IS NULL RETURNING session_id`,
      [digest, tx.now],
    );
    if (taken) return { sessionId: taken.session_id, isReused: false };
    const [used] = await tx.query<{ session_id: SessionId }>(
      `SELECT session_id FROM ${this.table} WHERE digest = $1`,
      [digest],
    );
    return used ? { sessionId: used.session_id, isReused: true } : null;
  }

  #digestOf(refreshToken: string): Buffer {
    return this.keys.mac('refresh-token', `refresh/v1\n${refreshToken}`);
  }
}

@Injectable()
export class StaffRefreshTokens extends RefreshTokenChain {
  constructor(keys: KeyStore) {
    super(keys, 'staff_refresh_tokens');
  }
}

@Injectable()
export class CustomerRefreshTokens extends RefreshTokenChain {
  constructor(keys: KeyStore) {
    super(keys, 'customer_refresh_tokens');
  }
}
