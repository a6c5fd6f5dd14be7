import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Each person's key, wrapped under a key that is not in this database. The reader gets nothing here:
 * a wrapping is half of a secret.
 */
export class CreatePersonKeys1790000100000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE person_keys (
        key_id      uuid        NOT NULL PRIMARY KEY,
        subject_ref uuid        NOT NULL,
        generation  integer     NOT NULL CHECK (generation >= 1),
        wrapped_key bytea       NOT NULL CHECK (octet_length(wrapped_key) = 61),
        created_at  timestamptz NOT NULL DEFAULT now(),
        UNIQUE (subject_ref, generation)
      );
      REVOKE ALL ON person_keys FROM PUBLIC;
      GRANT SELECT, INSERT, DELETE ON person_keys TO probity_app;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward'));
  }
}
