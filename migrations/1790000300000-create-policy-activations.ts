import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which policies were active from when: one row a change, never changed afterwards. */
export class CreatePolicyActivations1790000300000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE policy_activations (
        seq          bigint      NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        version      text        NOT NULL,
        digest       text        NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
        activated_at timestamptz NOT NULL
      );

      CREATE FUNCTION refuse_policy_activation_change() RETURNS trigger
        LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION 'policy_activations is append-only' USING ERRCODE = '42501';
        END
        $$;
      CREATE TRIGGER policy_activations_append_only
        BEFORE UPDATE OR DELETE OR TRUNCATE ON policy_activations
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_policy_activation_change();

      GRANT SELECT, INSERT ON policy_activations TO probity_app;
      GRANT SELECT ON policy_activations TO probity_reader;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward'));
  }
}
