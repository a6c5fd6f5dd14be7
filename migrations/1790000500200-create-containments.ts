import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Protective measures of a case; the block at the bank follows the commit of the row. */
export class CreateContainments1790000500200 implements MigrationInterface {
  readonly name = 'CreateContainments1790000500200';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE containments (
        id uuid PRIMARY KEY,
        case_id uuid NOT NULL REFERENCES cases (id),
        type text NOT NULL CHECK (type IN ('card-block', 'account-freeze')),
        state text NOT NULL CHECK (state IN ('requested', 'applied', 'reviewed', 'released')),
        reason text,
        -- The bank's card, once it is identified, and the person who holds it.
        card_id uuid,
        holder_subject_ref uuid,
        -- What a silent bank is asked again with; encrypted, erased once it is not needed.
        lookup bytea,
        requested_at timestamptz NOT NULL,
        retry_until timestamptz,
        applied_at timestamptz,
        released_at timestamptz,
        CHECK (state <> 'applied' OR (card_id IS NOT NULL AND applied_at IS NOT NULL)),
        CHECK ((state = 'released') = (released_at IS NOT NULL))
      );
      CREATE INDEX containments_case ON containments (case_id);
      CREATE INDEX containments_holder ON containments (holder_subject_ref);
      CREATE INDEX containments_due ON containments (requested_at)
        WHERE state = 'requested' AND retry_until IS NOT NULL;

      GRANT SELECT, INSERT, UPDATE ON containments TO probity_app;
      GRANT SELECT ON containments TO probity_reader;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward'));
  }
}
