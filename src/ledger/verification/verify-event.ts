import type { QueryResultRow } from 'pg';

import { parseRecord } from '../foreign-json.js';
import { sha256 } from '../tree/index.js';
import type { DamageKind } from './damage.js';

/** An event's row as the verifier reads it; all members null where the row is gone. */
export interface EventRow extends QueryResultRow {
  readonly id: string | null;
  readonly event: string | null;
  readonly event_hash: Buffer | null;
  readonly mac: Buffer | null;
  readonly type: string | null;
  readonly actor_id: string | null;
  readonly subject_ref: string | null;
  readonly case_id: string | null;
  readonly outcome: string | null;
  readonly request_id: string | null;
  readonly recorded_at: Date | null;
}

export const eventColumns = `event.id, event.event, event.event_hash, event.mac, event.type, event.actor_id,
  event.subject_ref, event.case_id, event.outcome, event.request_id, event.recorded_at`;

/** As the columns name it; whoever forged the row may have left out any of it. */
interface EventText {
  readonly id?: unknown;
  readonly type?: unknown;
  readonly actor?: { readonly id?: unknown } | null;
  readonly subject?: unknown;
  readonly case?: unknown;
  readonly outcome?: unknown;
  readonly origin?: { readonly requestId?: unknown } | null;
  readonly recordedAt?: unknown;
}

/**
 * Checks one event by itself: hash, MAC where the key is at hand, and the columns that stand beside
 * its bytes. Answers the first thing that is wrong.
 */
export function examineEvent(
  row: EventRow,
  macOf: ((event: string) => Buffer) | null,
): DamageKind | null {
  if (row.event === null) return 'event_missing';
  if (!row.event_hash?.equals(sha256(row.event))) return 'event_changed';
  if (macOf !== null && !row.mac?.equals(macOf(row.event))) return 'event_forged';
  return agrees(row, row.event) ? null : 'columns_changed';
}

function agrees(row: EventRow, text: string): boolean {
  const event: EventText = parseRecord(text) ?? {};
  const pairs: readonly (readonly [unknown, unknown])[] = [
    [row.id, event.id],
    [row.type, event.type],
    [row.actor_id, event.actor?.id],
    [row.subject_ref, event.subject],
    [row.case_id, event.case],
    [row.outcome, event.outcome],
    [row.request_id, event.origin?.requestId],
    [row.recorded_at?.toISOString(), event.recordedAt],
  ];
  return pairs.every(([column, member]) => column === member);
}
