import { Injectable, type OnModuleInit } from '@nestjs/common';

import { AppDatabase, Clock, JobQueue } from '../platform/index.js';

/** Long after every window has passed. */
const keptMilliseconds = 86_400_000;

/** Tokens and links that led half of the way, and assertions that were used up. */
const halfWay = [
  'staff_sign_ins',
  'staff_links',
  'staff_enrolments',
  'staff_oidc_logins',
  'assertion_ids',
] as const;

/** Refresh tokens end with their session; until then a used one, presented again, tells of a theft. */
const refreshTokens = [
  ['customer_refresh_tokens', 'customer_sessions'],
  ['staff_refresh_tokens', 'staff_sessions'],
] as const;

/** Removes what sign-ins leave behind and no rule asks for any more: counts, half-way tokens. */
@Injectable()
export class SignInSweep implements OnModuleInit {
  constructor(
    private readonly jobs: JobQueue,
    private readonly database: AppDatabase,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.jobs.schedule('identity.sweep-sign-ins', 'hourly', () => this.sweep());
  }

  async sweep(): Promise<void> {
    const before = new Date(this.clock.now().getTime() - keptMilliseconds);
    await this.database.query('DELETE FROM sign_in_counters WHERE last_attempt_at < $1', [before]);
    for (const table of halfWay) {
      await this.database.query(`DELETE FROM ${table} WHERE expires_at < $1`, [before]);
    }
    for (const [tokens, sessions] of refreshTokens) {
      await this.database.query(
        `DELETE FROM ${tokens} AS token USING ${sessions} AS session
         WHERE session.id = token.session_id AND token.created_at < $1 AND session.expires_at < $1`,
        [before],
      );
    }
  }
}
