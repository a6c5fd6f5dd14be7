import { randomUUID } from 'node:crypto';

import fastify from 'fastify';
import { Pool } from 'pg';
import { v7 } from 'uuid';

import { loadConfig, openDatabase, readEnvironment } from '../src/platform/index.js';

/**
 * The yardstick of a code check: a bare Fastify handler that finds the session and the challenge,
 * counts the attempt and writes the event in a transaction, with the service's own statements;
 * unsigned, unchecked, and without the limit by address. Configured by the environment of the service.
 */
const config = loadConfig(readEnvironment());
const database = await openDatabase(config, { mode: 'join' });
const pool = new Pool({
  connectionString: database.urls.app.reveal(),
  max: config.databaseLimits.poolSizes.app,
  pipeline: true,
});

interface EventRow {
  readonly event: string;
  readonly event_hash: Buffer;
  readonly mac: Buffer;
  readonly subject_ref: string;
}

/** One event of the very kind that the service writes for a code that fails. */
const [template] = (
  await pool.query<EventRow>(
    `SELECT event, event_hash, mac, subject_ref FROM audit_events
     WHERE type = 'verification.challenge_failed' ORDER BY id DESC LIMIT 1`,
  )
).rows;
if (!template) throw new Error('No code failed yet');
const { event, event_hash: eventHash, mac, subject_ref: subjectRef } = template;
const limits = JSON.stringify({
  attemptsMax: 5,
  windowSeconds: 900,
  lock: { failures: 10, firstSeconds: 900, longestSeconds: 86_400, failuresMax: 100 },
});

async function find(challengeId: string): Promise<void> {
  const { rows } = await pool.query<{ session_id: string }>({
    name: 'challenge',
    text: 'SELECT * FROM challenges WHERE id = $1',
    values: [challengeId],
  });
  await pool.query({
    name: 'session',
    text: 'SELECT * FROM customer_sessions WHERE id = $1',
    values: [rows[0]?.session_id],
  });
  await pool.query({
    name: 'count',
    text: 'SELECT * FROM count_verification_attempt($1, now(), $2)',
    values: [challengeId, limits],
  });
}

async function record(): Promise<void> {
  const client = await pool.connect();
  try {
    await Promise.all([
      client.query('BEGIN'),
      client.query({
        name: 'event',
        text: `WITH event AS (INSERT INTO audit_events (id, event, event_hash, mac, type, actor_id,
                 subject_ref, outcome, request_id, recorded_at)
               VALUES ($1, $2, $3, $4, 'verification.challenge_failed', $5, $5, 'failed', $6, now()))
               INSERT INTO audit_pending (event_id) VALUES ($1)`,
        values: [v7(), event, eventHash, mac, subjectRef, randomUUID()],
      }),
      client.query('COMMIT'),
    ]);
  } finally {
    client.release();
  }
}

const server = fastify();
server.post<{ Params: { id: string } }>('/v1/challenges/:id/attempts', async ({ params }) => {
  await find(params.id);
  await record();
  return { verified: false };
});

process.stdout.write(`${await server.listen({ host: '127.0.0.1', port: 0 })}\n`);
process.once('SIGTERM', () => {
  void server
    .close()
    .then(() => pool.end())
    .then(() => database.close());
});
