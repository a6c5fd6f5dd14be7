import { Injectable } from '@nestjs/common';

import type { Tx } from '../../ledger/index.js';
import { KeyStore } from '../../platform/index.js';

/** An assertion as its issuer names it. */
export interface AssertionId {
  readonly issuer: string;
  readonly jti: string;
  /** Until when it would be accepted. */
  readonly expiresAt: Date;
}

/** The assertions that were presented and could be presented again; only keyed digests are kept. */
@Injectable()
export class AssertionIds {
  constructor(private readonly keys: KeyStore) {}

  /**
   * Takes an assertion for good (RFC 7523 §3, `jti`). Of many that come at once, on whichever
   * process, one is first: the others wait for its transaction.
   */
  async take(tx: Tx, { issuer, jti, expiresAt }: AssertionId): Promise<boolean> {
    // As JSON, so that no issuer and id together read like another pair.
    const digest = this.keys.mac('assertion', JSON.stringify(['assertion/v1', issuer, jti]));
    const rows = await tx.query<object>(
      `INSERT INTO assertion_ids (digest, expires_at) VALUES ($1, $2)
       ON CONFLICT (digest) DO NOTHING RETURNING 1 AS taken`,
      [digest, expiresAt],
    );
    return rows.length === 1;
  }
}
