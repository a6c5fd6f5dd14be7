import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Staff, the half-way house between password and one-time code, their sessions and refresh tokens. */
export class CreateStaff1790000400100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE staff (
        id             uuid        NOT NULL PRIMARY KEY,
        email_index    bytea       NOT NULL UNIQUE CHECK (octet_length(email_index) = 32),
        password_hash  bytea       NOT NULL,
        totp_secret    bytea       NOT NULL,
        totp_last_step bigint      NOT NULL DEFAULT 0,
        roles          text[]      NOT NULL,
        level          text        CHECK (level IN ('L1', 'L2', 'L3', 'L4', 'board')),
        failures       integer     NOT NULL DEFAULT 0,
        locked_until   timestamptz,
        disabled_at    timestamptz,
        demo           boolean     NOT NULL DEFAULT false,
        created_at     timestamptz NOT NULL,
        last_used_at   timestamptz NOT NULL
      );

      CREATE TABLE staff_sign_ins (
        token_digest bytea       NOT NULL PRIMARY KEY CHECK (octet_length(token_digest) = 32),
        staff_id     uuid        NOT NULL REFERENCES staff (id),
        created_at   timestamptz NOT NULL,
        expires_at   timestamptz NOT NULL,
        used_at      timestamptz
      );
      CREATE INDEX staff_sign_ins_expiry ON staff_sign_ins (expires_at);

      CREATE TABLE staff_sessions (
        id               uuid        NOT NULL PRIMARY KEY,
        staff_id         uuid        NOT NULL REFERENCES staff (id),
        acr              text        NOT NULL CHECK (acr IN ('aal1', 'aal2')),
        amr              text[]      NOT NULL,
        method           text        NOT NULL,
        authenticated_at timestamptz NOT NULL,
        created_at       timestamptz NOT NULL,
        last_seen_at     timestamptz NOT NULL,
        expires_at       timestamptz NOT NULL,
        revoked_at       timestamptz
      );
      CREATE INDEX staff_sessions_staff ON staff_sessions (staff_id, created_at);

      CREATE TABLE staff_refresh_tokens (
        digest     bytea       NOT NULL PRIMARY KEY CHECK (octet_length(digest) = 32),
        session_id uuid        NOT NULL REFERENCES staff_sessions (id),
        created_at timestamptz NOT NULL,
        used_at    timestamptz
      );
      CREATE INDEX staff_refresh_tokens_session ON staff_refresh_tokens (session_id);

      GRANT SELECT, INSERT, UPDATE ON staff, staff_sessions TO probity_app;
      GRANT SELECT, INSERT, UPDATE, DELETE ON staff_sign_ins, staff_refresh_tokens TO probity_app;
      GRANT SELECT (id, roles, level, failures, locked_until, disabled_at, demo, created_at, last_used_at)
        ON staff TO probity_reader;
      GRANT SELECT ON staff_sessions TO probity_reader;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward'));
  }
}
