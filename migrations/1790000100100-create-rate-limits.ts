import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * One row per limited thing: the instants of its latest hits. The key is a keyed digest, so that no
 * address or number stands here. Unlogged would lose the counts in a crash, and a limit with them.
 */
export class CreateRateLimits1790000100100 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE rate_limits (
        key_digest bytea         NOT NULL PRIMARY KEY CHECK (octet_length(key_digest) = 32),
        hits       timestamptz[] NOT NULL CHECK (cardinality(hits) <= 1000),
        expires_at timestamptz   NOT NULL
      );
      CREATE INDEX rate_limits_expires_at ON rate_limits (expires_at);
      REVOKE ALL ON rate_limits FROM PUBLIC;
      GRANT SELECT, INSERT, UPDATE, DELETE ON rate_limits TO probity_app;
      GRANT SELECT ON rate_limits TO probity_reader;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward'));
  }
}
