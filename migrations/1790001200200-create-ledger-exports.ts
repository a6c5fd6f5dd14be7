import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Exports of the ledger: what was asked for, and the bundle in sealed pieces until it expires. */
export class CreateLedgerExports1790001200200 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(createLedgerExports);
    await queryRunner.query(createLedgerExportPieces);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward'));
  }
}

/** `attempt` is raised by whoever begins to make the bundle: one that was thought dead writes beside it. */
const createLedgerExports = `
  CREATE TABLE ledger_exports (
    id            uuid        NOT NULL PRIMARY KEY,
    criteria      text        NOT NULL,
    recipient_key bytea       CHECK (octet_length(recipient_key) = 32),
    state         text        NOT NULL CHECK (state IN ('preparing', 'ready', 'failed', 'expired')),
    failure       text,
    attempt       int         NOT NULL DEFAULT 0,
    working_at    timestamptz,
    tree_size     bigint,
    entries       bigint,
    bytes         bigint,
    digest        bytea       CHECK (octet_length(digest) = 32),
    requested_by  text        NOT NULL,
    requested_at  timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL
  );
  CREATE INDEX ledger_exports_preparing ON ledger_exports (requested_at) WHERE state = 'preparing';
  CREATE INDEX ledger_exports_expiring ON ledger_exports (expires_at) WHERE state <> 'expired';

  GRANT SELECT, INSERT, UPDATE ON ledger_exports TO probity_app;
  GRANT SELECT ON ledger_exports TO probity_reader;
`;

const createLedgerExportPieces = `
  CREATE TABLE ledger_export_pieces (
    export_id uuid  NOT NULL,
    attempt   int   NOT NULL,
    place     int   NOT NULL,
    sealed    bytea NOT NULL,
    PRIMARY KEY (export_id, attempt, place)
  );

  GRANT SELECT, INSERT, DELETE ON ledger_export_pieces TO probity_app;
`;
