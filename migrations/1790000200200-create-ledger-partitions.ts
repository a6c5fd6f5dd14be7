import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Makes the ledger's partitions ahead of need. The roles that write have no right to change the
 * schema; they may call this one function of the owner, which takes no argument and does only that.
 */
export class CreateLedgerPartitions1790000200200 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(createPartition);
    await queryRunner.query(extendLedgerPartitions);
    await queryRunner.query('SELECT extend_ledger_partitions()');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations only go forward'));
  }
}

/** Attaching a finished table waits for no writer; `PARTITION OF` would lock the parent against all of them. */
const createPartition = `
  CREATE FUNCTION create_ledger_partition(parent text, partition text, lower text, upper text)
  RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
  BEGIN
    IF to_regclass(partition) IS NOT NULL THEN RETURN; END IF;
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', partition, parent);
    IF parent = 'audit_entries' THEN
      -- No event twice. Only a partition can say so: a unique index of the whole needs the index in it.
      EXECUTE format('CREATE UNIQUE INDEX %I ON %I (event_id)', partition || '_by_event', partition);
    END IF;
    EXECUTE format(
      'CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON %I
         FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', partition);
    EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER refuse_change', partition);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
      parent, partition, lower, upper);
  END $$;
`;

/**
 * Events: a month each, by the milliseconds that a UUIDv7 begins with (RFC 9562 §5.7), from last
 * month to three months ahead. Entries: 1,048,576 each, two ahead of the tree's size.
 */
const extendLedgerPartitions = `
  CREATE FUNCTION extend_ledger_partitions()
  RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  DECLARE
    span  CONSTANT bigint := 1048576;
    month timestamp := date_trunc('month', now() AT TIME ZONE 'UTC');
    start timestamp;
    bound text[];
    size  bigint := (SELECT tree_size FROM sealer_progress);
  BEGIN
    PERFORM pg_advisory_xact_lock(7762489101);
    FOR ahead IN -1..3 LOOP
      start := month + make_interval(months => ahead);
      bound := ARRAY(
        SELECT rpad(lpad(to_hex((extract(epoch FROM edge) * 1000)::bigint), 12, '0'), 32, '0')
        FROM unnest(ARRAY[start, start + interval '1 month']) AS edge);
      PERFORM create_ledger_partition(
        'audit_events', 'audit_events_' || to_char(start, 'YYYY_MM'), bound[1], bound[2]);
    END LOOP;
    FOR part IN size / span .. size / span + 2 LOOP
      PERFORM create_ledger_partition(
        'audit_entries', 'audit_entries_' || lpad(part::text, 6, '0'),
        (part * span)::text, ((part + 1) * span)::text);
    END LOOP;
  END $$;

  REVOKE ALL ON FUNCTION create_ledger_partition(text, text, text, text) FROM PUBLIC;
  REVOKE ALL ON FUNCTION extend_ledger_partitions() FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION extend_ledger_partitions() TO probity_app, probity_sealer;
`;
