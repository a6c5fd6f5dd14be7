import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import { codeOf } from '../error-code.js';
import { canReach, type ServerUser } from './server-user.js';

/** Names the folder in use, when it is not the data folder itself. */
const recordName = 'postgres-home';

/**
 * Finds the folder that holds the cluster: the data folder where the server's user can enter it,
 * else a folder outside with a name derived from the data folder's path. The choice is recorded in
 * the data folder, so that a later change of permissions does not start a second, empty cluster.
 *
 * @throws Error where the recorded folder is gone, or where no folder can be reached.
 */
export async function openHome(dataDirectory: string, user: ServerUser | null): Promise<string> {
  await mkdir(dataDirectory, { recursive: true, mode: user === null ? 0o700 : 0o711 });
  const recorded = await readRecord(dataDirectory);
  if (recorded !== null) return recorded;
  if (await letThrough(dataDirectory, user)) return dataDirectory;

  const home = await openShelter(dataDirectory, user);
  await writeFile(join(dataDirectory, recordName), `${home}\n`, { mode: 0o600 });
  return home;
}

/**
 * Where nothing but the data folder itself stands in the way, it is opened for passing through, not
 * for listing: what lies in it guards itself (0600 files, 0700 folders).
 */
async function letThrough(dataDirectory: string, user: ServerUser | null): Promise<boolean> {
  if (await canReach(user, dataDirectory)) return true;
  if (!(await canReach(user, dirname(dataDirectory)))) return false;
  await chmod(dataDirectory, (await lstat(dataDirectory)).mode | 0o001);
  return canReach(user, dataDirectory);
}

async function readRecord(dataDirectory: string): Promise<string | null> {
  const record = join(dataDirectory, recordName);
  const home = await readFile(record, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  });
  if (home === null) return null;
  if (await isOurs(home.trim())) return home.trim();
  throw new Error(
    `The database of ${dataDirectory} is kept in ${home.trim()}, which is gone or belongs to somebody else. ` +
      `Restore it, or remove ${record} to begin with an empty database.`,
  );
}

async function openShelter(dataDirectory: string, user: ServerUser | null): Promise<string> {
  const digest = createHash('sha256').update(resolve(dataDirectory)).digest('hex').slice(0, 16);
  for (const parent of ['/var/lib', '/var/tmp', tmpdir()]) {
    const shelter = join(parent, `probity-${digest}`);
    await mkdir(shelter, { mode: 0o711 }).catch(() => undefined);
    if ((await isOurs(shelter)) && (await canReach(user, shelter))) return shelter;
  }
  throw new Error(
    `The unprivileged user that runs PostgreSQL can reach neither ${dataDirectory} nor a folder of its own ` +
      'under /var/lib or /var/tmp. Set PROBITY_DATA_DIR to a folder that others may enter.',
  );
}

/** In a folder where everybody may write, a stranger could have made the name first. */
async function isOurs(folder: string): Promise<boolean> {
  const found = await lstat(folder).catch(() => null);
  return (
    found !== null &&
    found.isDirectory() &&
    found.uid === process.getuid?.() &&
    (found.mode & 0o022) === 0
  );
}
