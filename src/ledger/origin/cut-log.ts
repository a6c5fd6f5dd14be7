import type { QueryRunner } from 'typeorm';

import { recordEvents } from '../event-statement.js';
import type { EventRecord } from '../event-record.js';
import { formatEntry, leafHash, noPreviousLeafHash } from '../tree/index.js';

/** The leaf that a record has as the first of a log; alone in its tree, it is the root as well. */
export function firstLeafHash({ event }: EventRecord): Buffer {
  return leafHash(formatEntry(0, noPreviousLeafHash, event));
}

/**
 * Takes the log down to its events and begins it anew with one of them: inside the caller's
 * transaction, as the owner. The triggers that refuse every change are off for it alone and stand
 * again before anybody else sees the tables.
 */
export async function cutLog(
  runner: QueryRunner,
  first: EventRecord,
  { note, signedAt }: { readonly note: string; readonly signedAt: Date },
): Promise<void> {
  await runner.query(setGuard('DISABLE'));
  await runner.query(emptyTables);
  await runner.query(setGuard('ENABLE ALWAYS'));
  await runner.query('SELECT extend_ledger_partitions()');
  const statement = recordEvents([first], null);
  await runner.query(statement.text, [...statement.values]);
  // The first is sealed here; whatever else was ever recorded and survived comes behind it.
  await runner.query('DELETE FROM audit_pending WHERE event_id = $1', [first.id]);
  await runner.query(queueOthers, [first.id]);
  const hash = firstLeafHash(first);
  await runner.query('INSERT INTO audit_entries VALUES (0, $1, $2)', [first.id, hash]);
  await runner.query(
    'UPDATE sealer_progress SET tree_size = 1, frontier = $1, last_leaf_hash = $1 WHERE id = 1',
    [hash],
  );
  await runner.query('INSERT INTO audit_checkpoints VALUES (1, $1, $2, $3)', [
    hash,
    note,
    signedAt,
  ]);
}

function setGuard(state: 'DISABLE' | 'ENABLE ALWAYS'): string {
  return `DO $$ DECLARE guarded regclass; BEGIN
    FOR guarded IN
      SELECT unnest(ARRAY['audit_tiles', 'audit_checkpoints', 'audit_cosignatures',
        'audit_published_checkpoints']::regclass[])
      UNION ALL SELECT relid FROM pg_partition_tree('audit_entries')
    LOOP
      EXECUTE format('ALTER TABLE %s ${state} TRIGGER refuse_change', guarded);
    END LOOP;
  END $$`;
}

/** The fence goes on: a sealer from before finds another number. */
const emptyTables = `
  TRUNCATE audit_entries, audit_tiles, audit_checkpoints, audit_cosignatures,
    audit_published_checkpoints, audit_index_keys, audit_index_subtries;
  UPDATE audit_index_progress SET tree_size = DEFAULT, keys = DEFAULT, root_hash = DEFAULT;
  UPDATE sealer_progress SET fence = fence + 1, tree_size = DEFAULT, frontier = DEFAULT,
    last_leaf_hash = DEFAULT
`;

const queueOthers = `
  INSERT INTO audit_pending (event_id) SELECT id FROM audit_events WHERE id <> $1
  ON CONFLICT DO NOTHING
`;
