import { randomUUID } from 'node:crypto';

import fastify from 'fastify';
import { Pool, type PoolClient } from 'pg';
import { v7 } from 'uuid';

import { loadConfig, openDatabase, readEnvironment } from '../src/platform/index.js';

/**
 * The yardstick of the balance benchmark: a bare Fastify handler that runs the statements of
 * `GET /v1/accounts/{id}/balance`, in the same transaction, unsigned and unchecked; and one that runs
 * the bank's SELECT alone. Configured by the environment of the service it is compared with.
 */
const [customerNumber = '', accountId = '', sessionId = ''] = process.argv.slice(2);

const config = loadConfig(readEnvironment());
const database = await openDatabase(config, { mode: 'join' });
// The same driver settings as the service's: statements go out without waiting for the one before.
const appSettings = {
  connectionString: database.urls.app.reveal(),
  max: config.databaseLimits.poolSizes.app,
  pipeline: true,
};
const app = new Pool(appSettings);
const bank = new Pool({
  connectionString: database.urls.bank.reveal(),
  max: config.databaseLimits.poolSizes.bank,
});

const session = {
  name: 'session',
  text: `SELECT s.*, c.number FROM customer_sessions s
         LEFT JOIN customers c ON c.subject_ref = s.subject_ref WHERE s.id = $1`,
  values: [sessionId],
};
const statement = {
  name: 'statement',
  text: `SELECT a.*, c.name, t.* FROM bank.accounts a JOIN bank.customers c USING (customer_number)
         LEFT JOIN LATERAL (
           SELECT * FROM bank.transactions t WHERE t.account_id = a.id
           ORDER BY t.posted_on DESC, t.seq DESC LIMIT 5
         ) t ON true
         WHERE a.customer_number = $1 AND a.id = $2`,
  values: [customerNumber, accountId],
};

interface EventRow {
  readonly event: string;
  readonly event_hash: Buffer;
  readonly mac: Buffer;
  readonly type: string;
  readonly actor_id: string;
  readonly subject_ref: string;
  readonly outcome: string;
}

/** One event of the very kind that the service writes for this route. */
const [template] = (
  await app.query<EventRow>(
    `SELECT event, event_hash, mac, type, actor_id, subject_ref, outcome FROM audit_events
     WHERE type = 'account.balance_disclosed' ORDER BY id DESC LIMIT 1`,
  )
).rows;
if (!template) throw new Error('No balance was disclosed yet');
const row = template;

async function sameTransaction(client: PoolClient): Promise<void> {
  const answers = [
    client.query('BEGIN'),
    client.query({
      name: 'event',
      text: `WITH event AS (INSERT INTO audit_events (id, event, event_hash, mac, type, actor_id,
               subject_ref, outcome, request_id, recorded_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, now()))
             INSERT INTO audit_pending (event_id) VALUES ($1)`,
      values: [
        v7(),
        row.event,
        row.event_hash,
        row.mac,
        row.type,
        row.actor_id,
        row.subject_ref,
        row.outcome,
        randomUUID(),
      ],
    }),
    client.query('COMMIT'),
  ];
  await Promise.all(answers);
}

const server = fastify();
server.get('/same', async () => {
  await app.query(session);
  const { rows } = await bank.query<object>(statement);
  const client = await app.connect();
  try {
    await sameTransaction(client);
  } finally {
    client.release();
  }
  return rows;
});
server.get('/select', async () => (await bank.query<object>(statement)).rows);

process.stdout.write(`${await server.listen({ host: '127.0.0.1', port: 0 })}\n`);
process.once('SIGTERM', () => {
  void server
    .close()
    .then(() => Promise.all([app.end(), bank.end()]))
    .then(() => database.close());
});
