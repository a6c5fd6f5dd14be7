import type { PreparedStatement } from './database-session.js';
import type { EventRecord } from './event-record.js';
import type { StoredAnswer } from './idempotency.js';

const columns = [
  'id',
  'event',
  'event_hash',
  'mac',
  'payload',
  'payload_key_id',
  'type',
  'actor_id',
  'subject_ref',
  'case_id',
  'outcome',
  'request_id',
  'recorded_at',
] as const;

const texts = new Map<string, string>();

/**
 * All events of one outcome, their places in the queue and, where there is one, the answer kept
 * under an idempotency key: one statement, so that none of them can stand without the others.
 */
export function recordEvents(
  records: readonly EventRecord[],
  answer: StoredAnswer | null,
): PreparedStatement {
  const name = `record-${records.length}-events${answer ? '-and-answer' : ''}`;
  const text = texts.get(name) ?? statementText(records.length, answer !== null);
  texts.set(name, text);
  const values = records.flatMap(rowOf);
  if (answer)
    values.push(answer.id, answer.bodyDigest, answer.sealed, answer.expiresAt, answer.storedAt);
  return { name, text, values };
}

function rowOf(record: EventRecord): unknown[] {
  return [
    record.id,
    record.event,
    record.eventHash,
    record.mac,
    record.payload,
    record.payloadKeyId,
    record.type,
    record.actorId,
    record.subjectRef,
    record.caseId,
    record.outcome,
    record.requestId,
    record.recordedAt,
  ];
}

function statementText(count: number, withAnswer: boolean): string {
  const width = columns.length;
  const rows = Array.from({ length: count }, (_, row) => {
    const places = columns.map((_name, column) => `$${row * width + column + 1}`);
    return `(${places.join(', ')})`;
  });
  const queued = rows.map((_row, row) => `($${row * width + 1}::uuid)`);
  const events = `INSERT INTO audit_events (${columns.join(', ')}) VALUES ${rows.join(', ')}`;
  const answer = withAnswer ? `, answer AS (${answerText(count * width)})` : '';
  return `WITH event AS (${events})${answer} INSERT INTO audit_pending (event_id) VALUES ${queued.join(', ')}`;
}

/** Replaces an answer whose time is over, or the preliminary one of the same command. */
function answerText(offset: number): string {
  const [id, digest, answer, expiresAt, now] = [1, 2, 3, 4, 5].map((n) => `$${offset + n}`);
  return `INSERT INTO idempotency_keys AS kept (id, body_digest, answer, expires_at)
    VALUES (${id ?? ''}, ${digest ?? ''}, ${answer ?? ''}, ${expiresAt ?? ''})
    ON CONFLICT (id) DO UPDATE
      SET body_digest = excluded.body_digest, answer = excluded.answer, expires_at = excluded.expires_at
      WHERE kept.expires_at <= ${now ?? ''} OR kept.body_digest = excluded.body_digest`;
}
