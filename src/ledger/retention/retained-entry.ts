import type { QueryResultRow } from 'pg';

import type { Queryable } from '../log-reader.js';

/** An entry that has to be kept. */
export interface RetainedEntry {
  readonly leafIndex: number;
  /** Of its event's retention; null where the event is gone. */
  readonly expiresAt: Date | null;
}

interface RetainedRow extends QueryResultRow {
  readonly leaf_index: string;
  readonly expires_at: Date | null;
}

/**
 * Finds the first entry of [from, to) whose retention is not over, by the service's clock and by the
 * database's. A stretch that is still being filled is asked about as well.
 */
export async function findRetained(
  /** Of the reader role. */
  connection: Queryable,
  { from, to }: { readonly from: number; readonly to: number },
  now: Date,
): Promise<RetainedEntry | null> {
  const { rows } = await connection.query<RetainedRow>(selectRetained, [from, to, now]);
  const [row] = rows;
  return row ? { leafIndex: Number(row.leaf_index), expiresAt: row.expires_at } : null;
}

const selectRetained = `
  SELECT entry.leaf_index, kept.until AS expires_at
  FROM audit_entries AS entry LEFT JOIN LATERAL (
    SELECT (event::json #>> '{retention,expiresAt}')::timestamptz AS until
    FROM audit_events WHERE audit_events.id = entry.event_id OFFSET 0
  ) AS kept ON true
  WHERE entry.leaf_index >= $1 AND entry.leaf_index < $2
    AND coalesce(kept.until, 'infinity') >= least($3::timestamptz, clock_timestamp())
  ORDER BY entry.leaf_index LIMIT 1
`;
