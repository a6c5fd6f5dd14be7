import type { Queryable } from '../log-reader.js';
import type { LegalHold } from './legal-holds.port.js';
import { readPrunings } from './prunings.js';

/** Why a prefix stays where it is. */
export type Obstacle = 'open' | 'not_covered' | 'not_indexed' | 'held' | 'not_expired';

/** The next stretch of the log that can leave the database: one partition of entries. */
export interface RetentionPlan {
  readonly from: number;
  readonly to: number;
  /** Null where nothing keeps it. */
  readonly obstacle: Obstacle | null;
  /** The first entry that is kept by it, and the hold, where there is one. */
  readonly at: number | null;
  readonly holdId: string | null;
}

export interface PlanRequest {
  readonly origin: string;
  /** Of the reader role. */
  readonly connection: Queryable;
  /** By the service's clock; the database's is asked beside it. */
  readonly now: Date;
  readonly holds: readonly LegalHold[];
}

interface StateRow {
  readonly beyond: string | null;
  readonly signed: string;
  readonly indexed: string;
}

/** Looks at the first partition that no pruning names yet, and at each entry in it. */
export async function planPruning(request: PlanRequest): Promise<RetentionPlan> {
  const prunings = await readPrunings(request.connection, request.origin);
  const from = prunings.at(-1)?.to ?? 0;
  const { rows } = await request.connection.query<StateRow>(selectState, [from]);
  const [row] = rows;
  const to = Number(row?.beyond ?? from);
  const stretch = { from, to, at: null, holdId: null };
  if (to % 256 !== 0 || to === from) return { ...stretch, obstacle: 'open' };
  if (Number(row?.signed) < to) return { ...stretch, obstacle: 'not_covered' };
  // The index goes on from the entry before, which must then still stand.
  if (Number(row?.indexed) <= to) return { ...stretch, obstacle: 'not_indexed' };
  return (
    (await findHeld(request, from, to)) ??
    (await findUnexpired(request, from, to)) ?? { ...stretch, obstacle: null }
  );
}

/** A hold on one entry keeps the whole stretch: only a prefix can go. */
export async function findHeld(
  { connection, holds }: Pick<PlanRequest, 'connection' | 'holds'>,
  from: number,
  to: number,
): Promise<RetentionPlan | null> {
  for (const { id, on } of holds) {
    const at =
      on.kind === 'entries' ? overlap(on, from, to) : await firstAbout(connection, on, [from, to]);
    if (at !== null) return { from, to, obstacle: 'held', at, holdId: id };
  }
  return null;
}

function overlap(range: { from: number; to: number }, from: number, to: number): number | null {
  return range.from < to && range.to > from ? Math.max(range.from, from) : null;
}

async function firstAbout(
  connection: Queryable,
  on: Exclude<LegalHold['on'], { readonly kind: 'entries' }>,
  range: readonly [from: number, to: number],
): Promise<number | null> {
  const [column, value] =
    on.kind === 'case' ? ['case_id', on.caseId] : ['subject_ref', on.subjectRef];
  const { rows } = await connection.query<{ at: string | null }>(
    `SELECT min(entry.leaf_index) AS at
     FROM audit_events AS event JOIN audit_entries AS entry ON entry.event_id = event.id
     WHERE event.${column} = $1 AND entry.leaf_index >= $2 AND entry.leaf_index < $3`,
    [value, ...range],
  );
  const at = rows[0]?.at ?? null;
  return at === null ? null : Number(at);
}

/** In the order of the log, so that the first that may not go ends the search. */
async function findUnexpired(
  { connection, now }: PlanRequest,
  from: number,
  to: number,
): Promise<RetentionPlan | null> {
  const { rows } = await connection.query<{ leaf_index: string }>(selectUnexpired, [from, to, now]);
  const [row] = rows;
  if (!row) return null;
  return { from, to, obstacle: 'not_expired', at: Number(row.leaf_index), holdId: null };
}

const selectState = `
  SELECT (
    SELECT bounds[2] FROM pg_inherits
    JOIN pg_class ON pg_class.oid = inhrelid,
      regexp_match(pg_get_expr(relpartbound, pg_class.oid), 'FROM \\(''(\\d+)''\\) TO \\(''(\\d+)''\\)') AS bounds
    WHERE inhparent = 'audit_entries'::regclass AND bounds[1]::bigint = $1
  ) AS beyond,
  (SELECT coalesce(max(tree_size), 0) FROM audit_checkpoints) AS signed,
  (SELECT tree_size FROM audit_index_progress) AS indexed
`;

const selectUnexpired = `
  SELECT entry.leaf_index
  FROM audit_entries AS entry LEFT JOIN LATERAL (
    SELECT event FROM audit_events WHERE audit_events.id = entry.event_id OFFSET 0
  ) AS found ON true
  WHERE entry.leaf_index >= $1 AND entry.leaf_index < $2
    AND coalesce((found.event::json #>> '{retention,expiresAt}')::timestamptz, 'infinity')
      >= least($3::timestamptz, clock_timestamp())
  ORDER BY entry.leaf_index LIMIT 1
`;
