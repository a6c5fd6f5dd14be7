import type { Secret } from './secret.js';
import { withClient } from './set-up-connection.js';

/** Where a superuser's event trigger writes down who changed the schema of the audit tables. */
export const schemaChangesTable = 'guard.schema_changes';

/**
 * Every command on a table of the log, its triggers and functions, and on any function that acts with
 * its owner's rights. What is dropped can no longer be asked whose rights it had: its name decides.
 */
const watchBody = `
  DECLARE
    ours CONSTANT text := '(audit_(events|entries|pending|tiles|checkpoints|cosignatures|published_checkpoints|index_)|sealer_progress|refuse_change|ledger_partition)';
  BEGIN
    IF session_user IN ('probity_app', 'probity_sealer') THEN RETURN; END IF;
    IF tg_event = 'sql_drop' THEN
      INSERT INTO ${schemaChangesTable} (command, object)
      SELECT tg_tag, object_identity FROM pg_event_trigger_dropped_objects()
      WHERE original AND object_identity ~ ours;
    ELSE
      INSERT INTO ${schemaChangesTable} (command, object)
      SELECT command_tag, object_identity FROM pg_event_trigger_ddl_commands()
      WHERE object_identity ~ ours OR EXISTS (
        SELECT FROM pg_proc WHERE classid = 'pg_proc'::regclass AND oid = objid
          AND prosecdef AND pronamespace = 'public'::regnamespace
      );
    END IF;
  END `;

/**
 * Says in `stands` whether the watch is there, always fires, and is of this release: the text of its
 * function is the mark of its version, which nobody can forget to raise.
 */
export const schemaWatchStanding = {
  text: `
    SELECT count(*) = 2 AS stands FROM pg_event_trigger JOIN pg_proc AS body ON body.oid = evtfoid
    WHERE evtname IN ('watch_schema', 'watch_schema_drops') AND evtenabled = 'A' AND prosrc = $1`,
  values: [watchBody],
};

/**
 * Has the database itself record every command that changes the audit tables, their triggers and
 * functions, so that a trigger that was switched off for a moment is noticed. Only a superuser can
 * install this. What the application's roles cause is left out: they have no such rights, and come to
 * it only through the owner's function that makes partitions. Idempotent; what an earlier release
 * installed is replaced.
 */
export async function installSchemaWatch(superuserUrl: Secret): Promise<void> {
  await withClient(superuserUrl, async (client) => {
    const { text, values } = schemaWatchStanding;
    const { rows } = await client.query<{ stands: boolean }>(text, values);
    if (rows[0]?.stands !== true) await client.query(install);
  });
}

const install = `
  BEGIN;
  CREATE SCHEMA IF NOT EXISTS guard;
  CREATE TABLE IF NOT EXISTS ${schemaChangesTable} (
    id         bigint      NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    role       text        NOT NULL DEFAULT session_user,
    command    text        NOT NULL,
    object     text        NOT NULL
  );
  CREATE OR REPLACE FUNCTION guard.record_schema_change() RETURNS event_trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$${watchBody}$$;
  GRANT USAGE ON SCHEMA guard TO probity_reader;
  GRANT SELECT ON ${schemaChangesTable} TO probity_reader;
  DROP EVENT TRIGGER IF EXISTS watch_schema;
  DROP EVENT TRIGGER IF EXISTS watch_schema_drops;
  CREATE EVENT TRIGGER watch_schema ON ddl_command_end EXECUTE FUNCTION guard.record_schema_change();
  CREATE EVENT TRIGGER watch_schema_drops ON sql_drop EXECUTE FUNCTION guard.record_schema_change();
  ALTER EVENT TRIGGER watch_schema ENABLE ALWAYS;
  ALTER EVENT TRIGGER watch_schema_drops ENABLE ALWAYS;
  COMMIT;
`;
