import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A log that begins anew takes over the events of the one that ended, prunings among them. They say
 * nothing of the new log: dropped is only what an event of this origin names.
 */
export class PruneWithinOneOrigin1790003400100 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(pruneLedgerPartitions);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward'));
  }
}

/**
 * An event partition goes when every row in it is expired and stands below `up_to`; a partition of
 * entries when it lies below `up_to` and no event of it is left, so that an event that stands always
 * has its entry. Tiles stay: old proofs lead through them.
 */
const pruneLedgerPartitions = `
  CREATE OR REPLACE FUNCTION prune_ledger_partitions(up_to bigint)
  RETURNS SETOF text LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
  DECLARE
    part  text;
    until bigint;
    done  boolean;
  BEGIN
    PERFORM pg_advisory_xact_lock(7762489101);
    IF NOT EXISTS (
      SELECT FROM audit_events AS event JOIN audit_entries AS entry ON entry.event_id = event.id
      WHERE event.type = 'ledger.pruned' AND event.outcome = 'success'
        AND (event.event::json #>> '{detail,to}')::bigint = up_to AND entry.leaf_index >= up_to
        AND event.event::json #>> '{detail,origin}' = (
          SELECT split_part(note, E'\\n', 1) FROM audit_checkpoints ORDER BY tree_size DESC LIMIT 1)
        AND EXISTS (SELECT FROM audit_checkpoints WHERE tree_size > entry.leaf_index)
    ) OR (
      SELECT count(*) FROM audit_tiles WHERE level = 0 AND tile_index < up_to / 256
    ) * 256 <> up_to THEN
      RAISE EXCEPTION 'The log does not say that its first % entries were archived', up_to
        USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    FOR part IN
      SELECT inhrelid::regclass::text FROM pg_inherits
      WHERE inhparent = 'audit_events'::regclass ORDER BY 1
    LOOP
      -- Looked at without a lock, then again where nothing can be added any more.
      FOR look IN 1..2 LOOP
        IF look = 2 THEN EXECUTE format('LOCK TABLE %s IN SHARE MODE', part); END IF;
        EXECUTE format($look$
          SELECT EXISTS (SELECT FROM %1$s) AND NOT EXISTS (
            SELECT FROM %1$s AS row
            WHERE coalesce((row.event::json #>> '{retention,expiresAt}')::timestamptz, 'infinity')
                >= clock_timestamp()
              OR NOT EXISTS (
                SELECT FROM audit_entries WHERE event_id = row.id AND leaf_index < $1))
        $look$, part) INTO done USING up_to;
        EXIT WHEN NOT done;
      END LOOP;
      CONTINUE WHEN NOT done;
      EXECUTE format('DROP TABLE %s', part);
      RETURN NEXT part;
    END LOOP;
    FOR part, until IN
      SELECT inhrelid::regclass::text, bounds[1]::bigint
      FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid,
        regexp_match(pg_get_expr(relpartbound, pg_class.oid), 'TO \\(''(\\d+)''\\)') AS bounds
      WHERE inhparent = 'audit_entries'::regclass ORDER BY bounds[1]::bigint
    LOOP
      EXIT WHEN until > up_to;
      EXECUTE format(
        'SELECT NOT EXISTS (SELECT FROM %s AS entry JOIN audit_events AS event ON event.id = entry.event_id)',
        part) INTO done;
      EXIT WHEN NOT done;
      EXECUTE format('DROP TABLE %s', part);
      RETURN NEXT part;
    END LOOP;
  END $$;
`;
