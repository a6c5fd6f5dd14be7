import { setTimeout as sleep } from 'node:timers/promises';

import { Client } from 'pg';

import type { Secret } from '../secret.js';

/** Any fixed number that nothing else in the server uses. */
const ownershipLock = 7_762_489_001;
const retryMilliseconds = 100;
const connectMillisecondsMax = 10_000;

/** Thrown where another process already serves from this data folder. */
export class DataDirectoryInUse extends Error {
  override readonly name = 'DataDirectoryInUse';
}

/** Held as long as the process lives; the server lets go of it when the connection ends. */
export interface Ownership {
  /** Settles when the connection ends; after `release` on purpose, before it as a loss. */
  readonly ended: Promise<void>;
  release(): Promise<void>;
}

/**
 * Takes the one ownership of a server: an advisory lock on a connection of its own. Unlike a lock
 * file it can neither be left behind by a killed process nor be broken by a reused process id.
 *
 * @throws DataDirectoryInUse where another process holds it.
 */
export async function takeOwnership(
  superuserUrl: Secret,
  dataDirectory: string,
  patienceMilliseconds: number,
): Promise<Ownership> {
  const client = new Client({
    connectionString: superuserUrl.reveal(),
    application_name: `probity owner (process ${process.pid})`,
    connectionTimeoutMillis: connectMillisecondsMax,
    keepAlive: true,
  });
  const ended = new Promise<void>((resolve) => {
    client.on('error', () => {
      resolve();
    });
    client.on('end', resolve);
  });
  await client.connect();
  try {
    if (!(await isLocked(client, patienceMilliseconds))) {
      throw new DataDirectoryInUse(
        `The data folder ${dataDirectory} is in use by another running Probity: ${await describeOwner(client)}. ` +
          'Stop it first, or set PROBITY_DATA_DIR to another folder.',
      );
    }
  } catch (error) {
    await client.end();
    throw error;
  }
  return { ended, release: () => client.end() };
}

async function isLocked(client: Client, patienceMilliseconds: number): Promise<boolean> {
  const deadline = Date.now() + patienceMilliseconds;
  while (!(await tryLock(client))) {
    if (Date.now() > deadline) return false;
    await sleep(retryMilliseconds);
  }
  return true;
}

async function tryLock(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>(
    'SELECT pg_try_advisory_lock($1) AS taken',
    [ownershipLock],
  );
  return rows[0]?.taken === true;
}

async function describeOwner(client: Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT a.application_name AS name FROM pg_stat_activity a
       JOIN pg_locks l ON l.pid = a.pid
      WHERE l.locktype = 'advisory' AND l.granted
        AND (l.classid::bigint << 32) | l.objid::bigint = $1`,
    [ownershipLock],
  );
  return rows[0]?.name ?? 'unknown process';
}
