import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Protective measures of a case; the effect at the bank follows the commit of the row that intends it. */
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
        -- What the bank still has to be asked for; null where nothing is under way.
        pending_effect text CHECK (pending_effect IN ('block', 'release')),
        -- Until when a block is asked for; a release is asked for until the bank confirms it.
        retry_until timestamptz,
        -- How the card is found at the bank: encrypted, erased once it is not needed.
        lookup bytea,
        -- The bank's card, once it is identified, and the person who holds it.
        card_id uuid,
        holder_subject_ref uuid,
        requested_at timestamptz NOT NULL,
        applied_at timestamptz,
        released_at timestamptz,
        CHECK (state <> 'applied' OR (card_id IS NOT NULL AND applied_at IS NOT NULL)),
        CHECK ((state = 'released') = (released_at IS NOT NULL))
      );
      CREATE INDEX containments_case ON containments (case_id);
      CREATE INDEX containments_holder ON containments (holder_subject_ref);
      CREATE INDEX containments_pending ON containments (requested_at)
        WHERE pending_effect IS NOT NULL;

      GRANT SELECT, INSERT, UPDATE ON containments TO probity_app;
      GRANT SELECT ON containments TO probity_reader;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward'));
  }
}
