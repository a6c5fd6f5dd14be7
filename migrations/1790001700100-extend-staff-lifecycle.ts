import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The life of a member of staff: invited without a secret, enrolled by a link, reset by a link, or
 * signed in by the company's provider, disabled and enabled again.
 */
export class ExtendStaffLifecycle1790001700100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE staff
        ALTER COLUMN password_hash DROP NOT NULL,
        ALTER COLUMN totp_secret DROP NOT NULL,
        ADD COLUMN email bytea,
        ADD COLUMN enrolled_at timestamptz,
        ADD COLUMN disabled_reason text CHECK (disabled_reason IN ('unused', 'administrator')),
        ADD CONSTRAINT staff_factors_together CHECK ((password_hash IS NULL) = (totp_secret IS NULL));
      UPDATE staff SET enrolled_at = created_at;
      CREATE INDEX staff_unused ON staff (last_used_at) WHERE disabled_at IS NULL AND NOT demo;

      -- A row without a holder is written where nobody is found, so that time does not tell.
      CREATE TABLE staff_links (
        token_digest bytea       NOT NULL PRIMARY KEY CHECK (octet_length(token_digest) = 32),
        use          text        NOT NULL CHECK (use IN ('enrolment', 'password-reset')),
        staff_id     uuid        REFERENCES staff (id),
        attempts     integer     NOT NULL DEFAULT 0,
        created_at   timestamptz NOT NULL,
        expires_at   timestamptz NOT NULL,
        used_at      timestamptz
      );
      CREATE INDEX staff_links_staff ON staff_links (staff_id) WHERE used_at IS NULL;
      CREATE INDEX staff_links_expiry ON staff_links (expires_at);

      CREATE TABLE staff_enrolments (
        token_digest  bytea       NOT NULL PRIMARY KEY CHECK (octet_length(token_digest) = 32),
        staff_id      uuid        NOT NULL REFERENCES staff (id),
        password_hash bytea       NOT NULL,
        totp_secret   bytea       NOT NULL,
        attempts      integer     NOT NULL DEFAULT 0,
        created_at    timestamptz NOT NULL,
        expires_at    timestamptz NOT NULL
      );
      CREATE INDEX staff_enrolments_staff ON staff_enrolments (staff_id);
      CREATE INDEX staff_enrolments_expiry ON staff_enrolments (expires_at);

      CREATE TABLE staff_recovery_codes (
        digest     bytea       NOT NULL PRIMARY KEY CHECK (octet_length(digest) = 32),
        staff_id   uuid        NOT NULL REFERENCES staff (id),
        created_at timestamptz NOT NULL,
        used_at    timestamptz
      );
      CREATE INDEX staff_recovery_codes_staff ON staff_recovery_codes (staff_id);

      -- Somebody of the company's provider, by a keyed digest of issuer and subject.
      CREATE TABLE staff_oidc_identities (
        digest     bytea       NOT NULL PRIMARY KEY CHECK (octet_length(digest) = 32),
        staff_id   uuid        NOT NULL UNIQUE REFERENCES staff (id),
        created_at timestamptz NOT NULL
      );

      CREATE TABLE staff_oidc_logins (
        token_digest bytea       NOT NULL PRIMARY KEY CHECK (octet_length(token_digest) = 32),
        created_at   timestamptz NOT NULL,
        expires_at   timestamptz NOT NULL,
        used_at      timestamptz
      );
      CREATE INDEX staff_oidc_logins_expiry ON staff_oidc_logins (expires_at);

      GRANT SELECT, INSERT, UPDATE, DELETE ON staff_links, staff_enrolments, staff_recovery_codes,
        staff_oidc_logins, staff_oidc_identities TO probity_app;
      GRANT SELECT (enrolled_at, disabled_reason) ON staff TO probity_reader;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward'));
  }
}
