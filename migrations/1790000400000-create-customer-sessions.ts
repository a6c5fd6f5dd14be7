import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Customers as pseudonyms, and their sessions and those of guests. A customer number is found by a
 * keyed digest and kept encrypted under the person's key. Failed sign-ins are counted by a digest
 * alone, so that an unknown number counts like a known one.
 */
export class CreateCustomerSessions1790000400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(createLockEnd);
    await runner.query(`
      CREATE TABLE customers (
        subject_ref  uuid        NOT NULL PRIMARY KEY,
        number_index bytea       NOT NULL UNIQUE CHECK (octet_length(number_index) = 32),
        number       bytea       NOT NULL,
        created_at   timestamptz NOT NULL
      );

      CREATE TABLE customer_sessions (
        id               uuid        NOT NULL PRIMARY KEY,
        kind             text        NOT NULL CHECK (kind IN ('customer', 'guest')),
        subject_ref      uuid        NOT NULL,
        conversation_id  uuid        CHECK ((conversation_id IS NOT NULL) = (kind = 'guest')),
        acr              text        NOT NULL CHECK (acr IN ('aal0', 'aal1', 'aal2')),
        amr              text[]      NOT NULL,
        method           text,
        authenticated_at timestamptz,
        created_at       timestamptz NOT NULL,
        last_seen_at     timestamptz NOT NULL,
        expires_at       timestamptz NOT NULL,
        revoked_at       timestamptz
      );
      CREATE INDEX customer_sessions_subject ON customer_sessions (subject_ref, created_at);

      CREATE TABLE sign_in_counters (
        key_digest   bytea       NOT NULL PRIMARY KEY CHECK (octet_length(key_digest) = 32),
        attempts        integer     NOT NULL,
        last_attempt_at timestamptz NOT NULL
      );

      GRANT SELECT, INSERT, DELETE ON customers TO probity_app;
      GRANT SELECT, INSERT, UPDATE ON customer_sessions TO probity_app;
      GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in_counters TO probity_app;
      GRANT SELECT ON customers, customer_sessions, sign_in_counters TO probity_reader;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward'));
  }
}

/**
 * The end of the lock that a count of consecutive failures brings: none, a time that doubles with
 * each further round of failures up to a longest, or for ever once only a person may reset it.
 */
const createLockEnd = `
  CREATE FUNCTION lock_end(failures integer, at timestamptz, lock jsonb) RETURNS timestamptz
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
      WHEN failures >= (lock->>'failuresMax')::integer THEN 'infinity'::timestamptz
      WHEN failures > 0 AND failures % (lock->>'failures')::integer = 0
        THEN at + make_interval(secs => least(
          (lock->>'longestSeconds')::double precision,
          (lock->>'firstSeconds')::double precision
            * power(2, failures / (lock->>'failures')::integer - 1)))
    END
  $$;
  GRANT EXECUTE ON FUNCTION lock_end TO probity_app;
`;
