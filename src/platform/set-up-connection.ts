import { Client } from 'pg';

import type { Secret } from './secret.js';

/** How long setting up waits for a connection. */
export const setUpConnectMillisecondsMax = 10_000;

/** Runs work on one connection of its own, for setting up and migrating, and ends it whatever comes. */
export async function withClient<Result>(
  url: Secret,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new Client({
    connectionString: url.reveal(),
    application_name: 'probity setup',
    connectionTimeoutMillis: setUpConnectMillisecondsMax,
  });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
