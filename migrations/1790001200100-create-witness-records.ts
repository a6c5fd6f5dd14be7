import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What witnesses said of the log's checkpoints, and which checkpoints were published: where the
 * policy asks for witnesses, only those with a quorum, or after one was waited for.
 */
export class CreateWitnessRecords1790001200100 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(createAuditCosignatures);
    await queryRunner.query(createAuditPublishedCheckpoints);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward'));
  }
}

/** `line` is the signature line of the note as the witness made it (C2SP tlog-cosignature). */
const createAuditCosignatures = `
  CREATE TABLE audit_cosignatures (
    tree_size   bigint      NOT NULL CHECK (tree_size > 0),
    witness     text        NOT NULL,
    key_id      bytea       NOT NULL CHECK (octet_length(key_id) = 4),
    line        text        NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (tree_size, witness, key_id)
  );

  CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_cosignatures
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
  ALTER TABLE audit_cosignatures ENABLE ALWAYS TRIGGER refuse_change;

  GRANT SELECT, INSERT ON audit_cosignatures TO probity_sealer;
  GRANT SELECT ON audit_cosignatures TO probity_reader;
`;

const createAuditPublishedCheckpoints = `
  CREATE TABLE audit_published_checkpoints (
    tree_size    bigint      NOT NULL PRIMARY KEY CHECK (tree_size > 0),
    published_at timestamptz NOT NULL
  );

  CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_published_checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
  ALTER TABLE audit_published_checkpoints ENABLE ALWAYS TRIGGER refuse_change;

  GRANT SELECT, INSERT ON audit_published_checkpoints TO probity_sealer;
  GRANT SELECT ON audit_published_checkpoints TO probity_reader;
`;
