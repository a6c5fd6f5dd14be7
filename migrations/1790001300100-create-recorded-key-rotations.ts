import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which rotations of the key store stand in the ledger as events: each does so once. */
export class CreateRecordedKeyRotations1790001300100 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE recorded_key_rotations (
        rotation_id uuid        NOT NULL PRIMARY KEY,
        recorded_at timestamptz NOT NULL
      );

      GRANT SELECT, INSERT ON recorded_key_rotations TO probity_app;
      GRANT SELECT ON recorded_key_rotations TO probity_reader;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward'));
  }
}
