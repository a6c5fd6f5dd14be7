import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Consent may be asked for what moves no money: then amount, aggregate and currency are all absent. */
export class AllowApprovalsWithoutMoney1790001700200 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE approval_requests
        ALTER COLUMN amount_minor DROP NOT NULL,
        ALTER COLUMN aggregate_minor DROP NOT NULL,
        ALTER COLUMN currency DROP NOT NULL,
        ADD CONSTRAINT approval_requests_money_together CHECK (
          num_nulls(amount_minor, aggregate_minor, currency) IN (0, 3));
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward'));
  }
}
