import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Factors that customers enrol with us: TOTP secrets under the person's key, and recovery codes as
 * keyed digests. A factor that is not confirmed yet is `pending`; of each method a person has at most
 * one that is `active`. A challenge names the factor that answers it, where no message is sent.
 */
export class CreateAuthenticators1790001500100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE authenticators (
        id                  uuid        NOT NULL PRIMARY KEY,
        subject_ref         uuid        NOT NULL,
        method              text        NOT NULL CHECK (method IN ('totp', 'recovery-code')),
        state               text        NOT NULL CHECK (state IN ('pending', 'active')),
        secret              bytea       CHECK ((secret IS NOT NULL) = (method = 'totp')),
        -- The newest time step accepted: none is accepted twice (RFC 6238 section 5.2).
        last_step           bigint      NOT NULL DEFAULT 0,
        confirm_attempts    integer     NOT NULL DEFAULT 0,
        created_at          timestamptz NOT NULL,
        activated_at        timestamptz CHECK ((activated_at IS NOT NULL) = (state = 'active')),
        counts_for_money_at timestamptz CHECK ((counts_for_money_at IS NOT NULL) = (state = 'active'))
      );
      CREATE UNIQUE INDEX authenticators_state ON authenticators (subject_ref, method, state);

      CREATE TABLE recovery_codes (
        code_digest      bytea       NOT NULL PRIMARY KEY CHECK (octet_length(code_digest) = 32),
        authenticator_id uuid        NOT NULL REFERENCES authenticators (id) ON DELETE CASCADE,
        created_at       timestamptz NOT NULL,
        expires_at       timestamptz,
        used_at          timestamptz
      );
      CREATE INDEX recovery_codes_authenticator ON recovery_codes (authenticator_id);

      ALTER TABLE challenges ADD COLUMN authenticator_id uuid;
      -- What a right code is good for, looked up by the session that earned it.
      CREATE INDEX challenges_grants ON challenges (session_id, purpose)
        WHERE state = 'verified' AND grant_used_at IS NULL;

      GRANT SELECT, INSERT, UPDATE, DELETE ON authenticators, recovery_codes TO probity_app;
      GRANT SELECT (id, subject_ref, method, state, created_at, activated_at, counts_for_money_at)
        ON authenticators TO probity_reader;
      GRANT SELECT (authenticator_id) ON challenges TO probity_reader;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward'));
  }
}
