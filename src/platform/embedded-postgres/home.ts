import { chmod, lstat, mkdir, mkdtemp, readFile, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { codeOf } from '../error-code.js';
import { canReach, type ServerUser } from './server-user.js';

/** Names the folder in use, when it is not the data folder itself. */
const recordName = 'postgres-home';

/**
 * Finds the folder that holds the cluster: the data folder where the server's user can enter it,
 * else a new folder outside. The choice is recorded in the data folder, so that a later change of
 * permissions does not start a second, empty cluster; and a data folder that was removed and made
 * again begins with an empty one, not with a cluster whose passwords went with the old folder.
 *
 * @throws Error where the recorded folder is gone, or where no folder can be reached.
 */
export async function openHome(dataDirectory: string, user: ServerUser | null): Promise<string> {
  await mkdir(dataDirectory, { recursive: true, mode: user === null ? 0o700 : 0o711 });
  const recorded = await readRecord(dataDirectory);
  if (recorded !== null) return recorded;
  if (await letThrough(dataDirectory, user)) return dataDirectory;

  const home = await makeShelter(dataDirectory, user);
  try {
    await writeFile(join(dataDirectory, recordName), `${home}\n`, { mode: 0o600, flag: 'wx' });
    return home;
  } catch (error) {
    // Another process that started at the same time was first: its choice holds.
    await rmdir(home);
    const first = codeOf(error) === 'EEXIST' ? await readRecord(dataDirectory) : null;
    if (first === null) throw error;
    return first;
  }
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

async function makeShelter(dataDirectory: string, user: ServerUser | null): Promise<string> {
  for (const parent of ['/var/lib', '/var/tmp', tmpdir()]) {
    const shelter = await mkdtemp(join(parent, 'probity-')).catch(() => null);
    if (shelter === null) continue;
    await chmod(shelter, 0o711);
    if (await canReach(user, shelter)) return shelter;
    await rmdir(shelter);
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
