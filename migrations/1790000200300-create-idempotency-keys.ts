import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Answers given under an `Idempotency-Key`, sealed, for as long as the key is honoured. */
export class CreateIdempotencyKeys1790000200300 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE idempotency_keys (
        id          bytea       NOT NULL PRIMARY KEY CHECK (octet_length(id) = 32),
        body_digest bytea       NOT NULL,
        answer      bytea       NOT NULL,
        expires_at  timestamptz NOT NULL
      );
      CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys USING brin (expires_at);

      GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO probity_app;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward'));
  }
}
