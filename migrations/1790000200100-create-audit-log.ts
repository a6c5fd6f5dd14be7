import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What the sealer made of the events: the log's entries, the full tiles of its tree, the signed
 * checkpoints, and the one row that says how far it is. An entry's bytes are not stored twice: they
 * are the index, the leaf hash of the entry before, and the event's own bytes.
 */
export class CreateAuditLog1790000200100 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(createAuditEntries);
    await queryRunner.query(createAuditTiles);
    await queryRunner.query(createAuditCheckpoints);
    await queryRunner.query(createSealerProgress);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward'));
  }
}

const createAuditEntries = `
  CREATE TABLE audit_entries (
    leaf_index bigint NOT NULL PRIMARY KEY CHECK (leaf_index >= 0),
    event_id   uuid   NOT NULL,
    leaf_hash  bytea  NOT NULL CHECK (octet_length(leaf_hash) = 32)
  ) PARTITION BY RANGE (leaf_index);

  CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
  ALTER TABLE audit_entries ENABLE ALWAYS TRIGGER refuse_change;

  GRANT SELECT, INSERT ON audit_entries TO probity_sealer;
  GRANT SELECT ON audit_entries TO probity_reader;
`;

/** Full tiles only: 256 hashes of 32 bytes. Partial ones of any width follow from what lies below them. */
const createAuditTiles = `
  CREATE TABLE audit_tiles (
    level      smallint NOT NULL CHECK (level BETWEEN 0 AND 63),
    tile_index bigint   NOT NULL CHECK (tile_index >= 0),
    hashes     bytea    NOT NULL CHECK (octet_length(hashes) = 8192),
    root_hash  bytea    NOT NULL CHECK (octet_length(root_hash) = 32),
    PRIMARY KEY (level, tile_index)
  );

  CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_tiles
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
  ALTER TABLE audit_tiles ENABLE ALWAYS TRIGGER refuse_change;

  GRANT SELECT, INSERT ON audit_tiles TO probity_sealer;
  GRANT SELECT ON audit_tiles TO probity_reader;
`;

const createAuditCheckpoints = `
  CREATE TABLE audit_checkpoints (
    tree_size bigint      NOT NULL PRIMARY KEY CHECK (tree_size > 0),
    root_hash bytea       NOT NULL CHECK (octet_length(root_hash) = 32),
    note      text        NOT NULL,
    signed_at timestamptz NOT NULL
  );

  CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
  ALTER TABLE audit_checkpoints ENABLE ALWAYS TRIGGER refuse_change;

  GRANT SELECT, INSERT ON audit_checkpoints TO probity_sealer;
  GRANT SELECT ON audit_checkpoints TO probity_reader;
`;

/**
 * `fence` grows with each sealer that takes over: one that was thought dead finds another number
 * and cannot write. `frontier` holds the roots of the perfect subtrees, largest first.
 */
const createSealerProgress = `
  CREATE TABLE sealer_progress (
    id             smallint NOT NULL PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    fence          bigint   NOT NULL DEFAULT 0,
    tree_size      bigint   NOT NULL DEFAULT 0,
    frontier       bytea    NOT NULL DEFAULT '',
    last_leaf_hash bytea    NOT NULL DEFAULT decode(repeat('00', 32), 'hex')
  );
  INSERT INTO sealer_progress DEFAULT VALUES;

  GRANT SELECT, UPDATE ON sealer_progress TO probity_sealer;
  GRANT SELECT ON sealer_progress TO probity_reader;
`;
