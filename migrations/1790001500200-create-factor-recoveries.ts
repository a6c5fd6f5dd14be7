import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Recoveries of customers' lost factors: asked for by one person, consented to by another. */
export class CreateFactorRecoveries1790001500200 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE factor_recoveries (
        id           uuid        NOT NULL PRIMARY KEY,
        subject_ref  uuid        NOT NULL,
        proofing     text        NOT NULL,
        state        text        NOT NULL CHECK (state IN ('awaiting_approval', 'approved', 'issued',
                                   'rejected', 'expired', 'superseded')),
        requested_at timestamptz NOT NULL,
        issued_at    timestamptz
      );
      CREATE UNIQUE INDEX factor_recoveries_waiting ON factor_recoveries (subject_ref)
        WHERE state IN ('awaiting_approval', 'approved');
      GRANT SELECT, INSERT, UPDATE, DELETE ON factor_recoveries TO probity_app;
      GRANT SELECT ON factor_recoveries TO probity_reader;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward'));
  }
}
