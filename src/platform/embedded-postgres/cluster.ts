import { execFile } from 'node:child_process';
import { chown, lstat, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { Secret } from '../secret.js';
import type { Binaries } from './binaries.js';
import type { ServerUser } from './server-user.js';

const run = promisify(execFile);
const initialisationMillisecondsMax = 60_000;

/** The name of the cluster's superuser. No connection of the application uses it. */
export const superuserName = 'postgres';

export interface Cluster {
  /** What postgres calls its data directory. */
  readonly directory: string;
  readonly home: string;
  readonly binaries: Binaries;
  readonly user: ServerUser | null;
}

/**
 * Makes the cluster where there is none: UTF-8, C locale, checksums, passwords by SCRAM-SHA-256.
 *
 * @throws Error where a cluster of another major version stands there.
 */
export async function initialiseCluster(
  cluster: Cluster,
  superuserPassword: Secret,
  durable: boolean,
): Promise<void> {
  const { directory, binaries } = cluster;
  const version = await readFile(join(directory, 'PG_VERSION'), 'utf8').catch(() => null);
  if (version === null) return makeCluster(cluster, superuserPassword, durable);
  if (version.trim() !== binaries.majorVersion) {
    throw new Error(
      `The database in ${directory} was made by PostgreSQL ${version.trim()}, this installation ships ` +
        `${binaries.majorVersion}. Dump it with the old version and restore it into a new data folder.`,
    );
  }
}

async function makeCluster(cluster: Cluster, password: Secret, durable: boolean): Promise<void> {
  const { directory, home, binaries, user } = cluster;
  const workshop = await mkdtemp(join(home, 'initdb-'));
  try {
    const passwordFile = join(workshop, 'password');
    await writeFile(passwordFile, password.reveal(), { mode: 0o600 });
    if (user !== null) {
      await chown(passwordFile, user.uid, user.gid);
      await chown(workshop, user.uid, user.gid);
    }
    const made = join(workshop, 'cluster');
    await run(
      join(binaries.directory, 'bin/initdb'),
      [
        `--pgdata=${made}`,
        `--username=${superuserName}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--no-locale',
        '--data-checksums',
        ...(durable ? [] : ['--no-sync']),
      ],
      { cwd: '/', env: serverEnvironment, timeout: initialisationMillisecondsMax, ...user },
    );
    await adopt(made, directory);
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

/** A rename is atomic: an initdb that was cut off leaves no half cluster, and of two one wins. */
async function adopt(made: string, directory: string): Promise<void> {
  await rename(made, directory).catch(async (error: unknown) => {
    const other = await lstat(join(directory, 'PG_VERSION')).catch(() => null);
    if (other === null) throw error;
  });
}

/** PG* variables of the caller's shell must not steer our server. */
export const serverEnvironment = { LANG: 'C', LC_ALL: 'C', PATH: '/usr/bin:/bin', TZ: 'UTC' };
