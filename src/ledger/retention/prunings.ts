import type { QueryResultRow } from 'pg';
import { z } from 'zod';

import { parseRecord } from '../foreign-json.js';
import type { Queryable } from '../log-reader.js';
import { decodeBase64, hashBytes, tileWidth } from '../tree/index.js';

/** That entries [from, to) left the database for an archive, as the log itself says it. */
export interface Pruning {
  readonly from: number;
  readonly to: number;
  /** Of the tree of `to` entries. */
  readonly rootHash: Buffer;
  /** SHA-256 of the archive's manifest, base64. */
  readonly archiveDigest: string;
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
    from: z.int().nonnegative().multipleOf(tileWidth),
    to: z.int().positive().multipleOf(tileWidth),
    root: z.string().transform((text) => decodeBase64(text) ?? Buffer.alloc(hashBytes)),
    archiveDigest: z.string(),
  }),
});

/**
 * Every pruning, oldest first. The newest one always stands: only a later one may take its event.
 * Whoever invents one invents an entry, which chain, tree and MAC show.
 */
export async function readPrunings(connection: Queryable): Promise<readonly Pruning[]> {
  const { rows } = await connection.query<PruningRow>(selectPrunings);
  const prunings = rows.flatMap(({ id, event, leaf_index }) => {
    const parsed = prunedEvent.safeParse(parseRecord(event));
    if (!parsed.success) return [];
    const { root, ...detail } = parsed.data.detail;
    const leafIndex = leaf_index === null ? null : Number(leaf_index);
    return [{ ...detail, rootHash: root, eventId: id, leafIndex }];
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
