import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What handlers reported: the canonical bytes of each event as they were hashed, and the queue of
 * events that no index has been given to yet. The columns beside the bytes are for finding; the
 * verifier compares them with the bytes.
 */
export class CreateAuditEvents1790000200000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(createAppendOnlyGuard);
    await queryRunner.query(createAuditEvents);
    await queryRunner.query(createAuditPending);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward'));
  }
}

/** Refuses for everybody, the owner and a restoring superuser's session too: see ENABLE ALWAYS below. */
const createAppendOnlyGuard = `
  DO $$ BEGIN
    -- The bytes that were hashed are those of UTF-8; another encoding would store others.
    IF current_setting('server_encoding') <> 'UTF8' THEN
      RAISE EXCEPTION 'The database must be encoded in UTF8, not %', current_setting('server_encoding');
    END IF;
  END $$;

  CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    RAISE EXCEPTION '% on % is refused: the table is append-only', TG_OP, TG_TABLE_NAME
      USING ERRCODE = 'insufficient_privilege';
  END $$;
`;

const createAuditEvents = `
  CREATE TABLE audit_events (
    id              uuid        NOT NULL PRIMARY KEY,
    event           text        NOT NULL,
    event_hash      bytea       NOT NULL CHECK (octet_length(event_hash) = 32),
    mac             bytea       NOT NULL CHECK (octet_length(mac) = 32),
    payload         bytea,
    payload_key_id  text,
    type            text        NOT NULL,
    actor_id        text        NOT NULL,
    subject_ref     uuid,
    case_id         uuid,
    outcome         text        NOT NULL,
    request_id      text        NOT NULL,
    recorded_at     timestamptz NOT NULL,
    CHECK ((payload IS NULL) = (payload_key_id IS NULL))
  ) PARTITION BY RANGE (id);

  CREATE INDEX audit_events_by_type    ON audit_events (type text_pattern_ops, id);
  CREATE INDEX audit_events_by_actor   ON audit_events (actor_id, id);
  CREATE INDEX audit_events_by_subject ON audit_events (subject_ref, id) WHERE subject_ref IS NOT NULL;
  CREATE INDEX audit_events_by_case    ON audit_events (case_id, id) WHERE case_id IS NOT NULL;
  CREATE INDEX audit_events_by_time    ON audit_events USING brin (recorded_at);

  CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
  ALTER TABLE audit_events ENABLE ALWAYS TRIGGER refuse_change;

  GRANT SELECT, INSERT ON audit_events TO probity_app;
  GRANT SELECT ON audit_events TO probity_sealer, probity_reader;
`;

/** Emptied as fast as it is filled: vacuumed by count, not by share, or each batch would wade through dead rows. */
const createAuditPending = `
  CREATE TABLE audit_pending (
    event_id uuid NOT NULL PRIMARY KEY
  ) WITH (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0
  );

  GRANT INSERT ON audit_pending TO probity_app;
  GRANT SELECT, UPDATE, DELETE ON audit_pending TO probity_sealer;
  GRANT SELECT ON audit_pending TO probity_reader;
`;
