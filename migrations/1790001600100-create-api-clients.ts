import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Integration clients with the public keys they sign in with, the assertions that were used up, and
 * refresh tokens of customers. Nothing here is a secret of a client: keys are public, tokens are
 * digests.
 */
export class CreateApiClients1790001600100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE api_clients (
        id         uuid        NOT NULL PRIMARY KEY,
        name       text        NOT NULL,
        scopes     text[]      NOT NULL CHECK (cardinality(scopes) > 0),
        created_by uuid        NOT NULL,
        created_at timestamptz NOT NULL,
        revoked_at timestamptz
      );

      CREATE TABLE api_client_keys (
        id         uuid        NOT NULL PRIMARY KEY,
        client_id  uuid        NOT NULL REFERENCES api_clients (id),
        kid        text        NOT NULL,
        jwk        jsonb       NOT NULL,
        created_at timestamptz NOT NULL,
        removed_at timestamptz
      );
      CREATE UNIQUE INDEX api_client_keys_kid ON api_client_keys (client_id, kid)
        WHERE removed_at IS NULL;

      CREATE TABLE assertion_ids (
        digest     bytea       NOT NULL PRIMARY KEY CHECK (octet_length(digest) = 32),
        expires_at timestamptz NOT NULL
      );
      CREATE INDEX assertion_ids_expiry ON assertion_ids (expires_at);

      CREATE TABLE customer_refresh_tokens (
        digest     bytea       NOT NULL PRIMARY KEY CHECK (octet_length(digest) = 32),
        session_id uuid        NOT NULL REFERENCES customer_sessions (id),
        created_at timestamptz NOT NULL,
        used_at    timestamptz
      );
      CREATE INDEX customer_refresh_tokens_session ON customer_refresh_tokens (session_id);

      GRANT SELECT, INSERT, UPDATE ON api_clients, api_client_keys TO probity_app;
      GRANT SELECT, INSERT, DELETE ON assertion_ids TO probity_app;
      GRANT SELECT, INSERT, UPDATE, DELETE ON customer_refresh_tokens TO probity_app;
      GRANT SELECT ON api_clients, api_client_keys TO probity_reader;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward'));
  }
}
