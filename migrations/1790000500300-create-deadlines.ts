import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Deadlines that explain themselves: rule, citation, inputs, calendar and the counted steps. */
export class CreateDeadlines1790000500300 implements MigrationInterface {
  readonly name = 'CreateDeadlines1790000500300';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE deadlines (
        id uuid PRIMARY KEY,
        case_id uuid NOT NULL REFERENCES cases (id),
        kind text NOT NULL,
        state text NOT NULL CHECK (state IN
          ('running', 'paused', 'warning', 'met', 'breached', 'defaulted_to_consumer', 'superseded')),
        rule_id text NOT NULL,
        citation text NOT NULL,
        due_at timestamptz NOT NULL,
        inputs jsonb NOT NULL,
        calendar text NOT NULL,
        steps jsonb NOT NULL,
        opened_at timestamptz NOT NULL,
        ended_at timestamptz
      );
      CREATE UNIQUE INDEX deadlines_rule ON deadlines (case_id, rule_id) WHERE state <> 'superseded';
      CREATE INDEX deadlines_running ON deadlines (due_at) WHERE state IN ('running', 'warning');

      GRANT SELECT, INSERT, UPDATE ON deadlines TO probity_app;
      GRANT SELECT ON deadlines TO probity_reader;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward'));
  }
}
