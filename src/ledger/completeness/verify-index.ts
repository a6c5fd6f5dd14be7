import { parseRecord } from '../foreign-json.js';
import type { Queryable } from '../log-reader.js';
import { type CheckedIndex, IndexCheck } from './index-check.js';

const pageRows = 2_000;

interface EntryRow {
  readonly leaf_index: string;
  readonly leaf_hash: Buffer;
  readonly event: string;
}

/**
 * Derives every commitment to the index anew from the events in the database. A pass of its own: it
 * holds every key in memory, and takes for granted that `verifyLedger` found the entries sound.
 */
export async function verifyIndex(connection: Queryable): Promise<CheckedIndex> {
  const check = new IndexCheck();
  for (let first = 0; ; first += pageRows) {
    const { rows } = await connection.query<EntryRow>(selectEntries, [first, first + pageRows]);
    for (const { leaf_index, leaf_hash, event } of rows)
      check.add({
        leafIndex: Number(leaf_index),
        leafHash: leaf_hash,
        event: parseRecord(event) ?? {},
      });
    if (rows.length < pageRows) return check.finish();
  }
}

const selectEntries = `
  SELECT entry.leaf_index, entry.leaf_hash, event.event
  FROM audit_entries AS entry JOIN LATERAL (
    SELECT event FROM audit_events WHERE audit_events.id = entry.event_id OFFSET 0
  ) AS event ON true
  WHERE entry.leaf_index >= $1 AND entry.leaf_index < $2 ORDER BY entry.leaf_index
`;
