import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Refunds: the intent is committed before the bank is asked, the result after it answered. */
export class CreateRefunds1790000500900 implements MigrationInterface {
  readonly name = 'CreateRefunds1790000500900';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE refunds (
        id uuid PRIMARY KEY,
        case_id uuid NOT NULL REFERENCES cases (id),
        account_id uuid NOT NULL,
        amount_minor bigint NOT NULL CHECK (amount_minor > 0),
        currency text NOT NULL,
        category text,
        reason bytea NOT NULL,
        state text NOT NULL CHECK (state IN
          ('awaiting_approval', 'executing', 'executed', 'rejected', 'expired', 'superseded')),
        requested_by text NOT NULL,
        booking_id text,
        requested_at timestamptz NOT NULL,
        executed_at timestamptz,
        CHECK ((state = 'executed') = (booking_id IS NOT NULL AND executed_at IS NOT NULL))
      );
      CREATE INDEX refunds_case ON refunds (case_id);
      CREATE INDEX refunds_executing ON refunds (requested_at) WHERE state = 'executing';

      GRANT SELECT, INSERT, UPDATE ON refunds TO probity_app;
      GRANT SELECT ON refunds TO probity_reader;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward'));
  }
}
