import { randomBytes } from 'node:crypto';

import { Injectable } from '@nestjs/common';

import type { Tx } from '../../../ledger/index.js';
import { AppDatabase, Clock, KeyStore } from '../../../platform/index.js';
import { Policies } from '../../../policy/index.js';
import type { LoginChecks } from './company-provider.js';

const tokenBytes = 32;

/**
 * Sign-ins under way at the provider. The login token stays with whoever began and never travels
 * through the browser's address; state, nonce and code verifier are derived from it under our key, so
 * that an answer fits only the login it belongs to, and nothing but a digest is kept.
 */
@Injectable()
export class OidcLogins {
  constructor(
    private readonly database: AppDatabase,
    private readonly keys: KeyStore,
    private readonly policies: Policies,
    private readonly clock: Clock,
  ) {}

  newToken(): string {
    return randomBytes(tokenBytes).toString('base64url');
  }

  checksOf(loginToken: string): LoginChecks {
    const derive = (use: string): string =>
      this.keys.mac('refresh-token', `staff-oidc-${use}/v1\n${loginToken}`).toString('base64url');
    return { state: derive('state'), nonce: derive('nonce'), codeVerifier: derive('verifier') };
  }

  async begin(tx: Tx, loginToken: string): Promise<Date> {
    const { loginSeconds } = this.policies.verification.staffOidc;
    const expiresAt = new Date(tx.now.getTime() + loginSeconds * 1000);
    await tx.query(
      'INSERT INTO staff_oidc_logins (token_digest, created_at, expires_at) VALUES ($1, $2, $3)',
      [this.#digestOf(loginToken), tx.now, expiresAt],
    );
    return expiresAt;
  }

  /**
   * Takes a login for good, before the provider is asked: of any number of answers to one login, one
   * is looked at. In a statement of its own, that nothing rolls back.
   */
  async take(loginToken: string): Promise<boolean> {
    const [rows] = await this.database.query<[object[], number]>(
      `UPDATE staff_oidc_logins SET used_at = $2
       WHERE token_digest = $1 AND used_at IS NULL AND expires_at > $2 RETURNING created_at`,
      [this.#digestOf(loginToken), this.clock.now()],
    );
    return rows.length === 1;
  }

  #digestOf(loginToken: string): Buffer {
    return this.keys.mac('refresh-token', `staff-oidc-login/v1\n${loginToken}`);
  }
}
