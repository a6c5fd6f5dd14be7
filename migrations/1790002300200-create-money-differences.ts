import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where approved, executed and booked money disagree, and since when they agree again. */
export class CreateMoneyDifferences1790002300200 implements MigrationInterface {
  readonly name = 'CreateMoneyDifferences1790002300200';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE money_differences (
        refund_id uuid NOT NULL,
        kind text NOT NULL,
        found_at timestamptz NOT NULL,
        gone_at timestamptz,
        PRIMARY KEY (refund_id, kind)
      );
      CREATE INDEX money_differences_found ON money_differences (found_at);
      GRANT SELECT, INSERT, UPDATE ON money_differences TO probity_app;
      GRANT SELECT ON money_differences TO probity_reader;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward'));
  }
}
