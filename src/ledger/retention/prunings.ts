import type { QueryResultRow } from 'pg';
import { z } from 'zod';

import { parseRecord } from '../foreign-json.js';
import type { Queryable } from '../log-reader.js';
import { decodeBase64, hashBytes, tileWidth } from '../tree/index.js';

/** Entries [from, to), which left the database, and the archive they went to. */
export interface ArchivedRange {
  readonly from: number;
  readonly to: number;
  /** SHA-256 of the archive's manifest, base64. */
  readonly archiveDigest: string;
}

/** That entries left the database for an archive, as the log itself says it. */
export interface Pruning extends ArchivedRange {
  /** Of the tree of `to` entries. */
  readonly rootHash: Buffer;
  readonly eventId: string;
  /** Of the event that says so; null until it is sealed. */
  readonly leafIndex: number | null;
}

interface PruningRow extends QueryResultRow {
  readonly id: string;
  readonly event: string;
  readonly leaf_index: string | null;
}

const prunedEvent = z.object({
  detail: z.object({
    origin: z.string(),
    from: z.int().nonnegative().multipleOf(tileWidth),
    to: z.int().positive().multipleOf(tileWidth),
    root: z.string().transform((text) => decodeBase64(text) ?? Buffer.alloc(hashBytes)),
    archiveDigest: z.string(),
  }),
});

/**
 * Every pruning of a log that its database still names, oldest first. The newest one always stands:
 * only a later one may take its event. Whoever invents one invents an entry, which chain, tree and MAC
 * show. A log that ended leaves its events to the next, and none of its prunings.
 */
export async function readPrunings(
  connection: Queryable,
  origin: string,
): Promise<readonly Pruning[]> {
  const { rows } = await connection.query<PruningRow>(selectPrunings);
  const prunings = rows.flatMap(({ id, event, leaf_index }) => {
    const parsed = prunedEvent.safeParse(parseRecord(event));
    if (parsed.data?.detail.origin !== origin) return [];
    const { root, from, to, archiveDigest } = parsed.data.detail;
    const leafIndex = leaf_index === null ? null : Number(leaf_index);
    return [{ from, to, archiveDigest, rootHash: root, eventId: id, leafIndex }];
  });
  return prunings.sort((one, other) => one.to - other.to);
}

/** Up to where the log has been pruned by a sealed event; entries below are in an archive. */
export function prunedSize(prunings: readonly Pruning[]): number {
  const sealed = prunings.filter(({ to, leafIndex }) => leafIndex !== null && leafIndex >= to);
  return sealed.at(-1)?.to ?? 0;
}

const selectPrunings = `
  SELECT event.id, event.event, (
    SELECT leaf_index FROM audit_entries WHERE event_id = event.id LIMIT 1
  ) AS leaf_index
  FROM audit_events AS event WHERE event.type = 'ledger.pruned' AND event.outcome = 'success'
`;
