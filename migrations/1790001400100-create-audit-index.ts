import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The index of the log by subject and case, as of its newest commitment. Derived from the entries and
 * no record itself: whoever edits it makes proofs that lead to no committed root.
 */
export class CreateAuditIndex1790001400100 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(createAuditIndexKeys);
    await queryRunner.query(createAuditIndexSubtries);
    await queryRunner.query(createAuditIndexProgress);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward'));
  }
}

/** `bucket` is the first 16 bits of the hash: the keys under one stored subtrie lie side by side. */
const createAuditIndexKeys = `
  CREATE TABLE audit_index_keys (
    bucket   integer NOT NULL CHECK (bucket BETWEEN 0 AND 65535),
    key_hash bytea   NOT NULL CHECK (octet_length(key_hash) = 32),
    events   bigint  NOT NULL CHECK (events > 0),
    digest   bytea   NOT NULL CHECK (octet_length(digest) = 32),
    PRIMARY KEY (bucket, key_hash)
  );

  GRANT SELECT, INSERT, UPDATE ON audit_index_keys TO probity_app;
  GRANT SELECT ON audit_index_keys TO probity_reader;
`;

/** Two levels of 256 each stand between the root and the keys. */
const createAuditIndexSubtries = `
  CREATE TABLE audit_index_subtries (
    depth     smallint NOT NULL CHECK (depth IN (8, 16)),
    prefix    integer  NOT NULL CHECK (prefix BETWEEN 0 AND 65535),
    keys      bigint   NOT NULL CHECK (keys > 0),
    root_hash bytea    NOT NULL CHECK (octet_length(root_hash) = 32),
    PRIMARY KEY (depth, prefix)
  );

  GRANT SELECT, INSERT, UPDATE ON audit_index_subtries TO probity_app;
  GRANT SELECT ON audit_index_subtries TO probity_reader;
`;

const createAuditIndexProgress = `
  CREATE TABLE audit_index_progress (
    id        smallint NOT NULL PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    tree_size bigint   NOT NULL DEFAULT 0,
    keys      bigint   NOT NULL DEFAULT 0,
    root_hash bytea    NOT NULL DEFAULT decode(repeat('00', 32), 'hex') CHECK (octet_length(root_hash) = 32)
  );
  INSERT INTO audit_index_progress DEFAULT VALUES;

  GRANT SELECT, UPDATE ON audit_index_progress TO probity_app;
  GRANT SELECT ON audit_index_progress TO probity_reader;
`;
