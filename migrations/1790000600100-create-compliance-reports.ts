import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Compliance reports: what was asked, and the content computed from sealed events. */
export class CreateComplianceReports1790000600100 implements MigrationInterface {
  readonly name = 'CreateComplianceReports1790000600100';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE compliance_reports (
        id uuid PRIMARY KEY,
        standards text[] NOT NULL,
        period_from timestamptz NOT NULL,
        period_to timestamptz NOT NULL CHECK (period_to > period_from),
        formats text[] NOT NULL,
        state text NOT NULL CHECK (state IN
          ('computing', 'draft', 'reviewed', 'attested', 'published', 'failed')),
        content text,
        content_digest bytea,
        requested_by uuid NOT NULL,
        requested_at timestamptz NOT NULL,
        computed_at timestamptz
      );
      CREATE INDEX compliance_reports_computing ON compliance_reports (requested_at) WHERE state = 'computing';

      GRANT SELECT, INSERT, UPDATE ON compliance_reports TO probity_app;
      GRANT SELECT ON compliance_reports TO probity_reader;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward'));
  }
}
