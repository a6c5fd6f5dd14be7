import { lstat, readFile, realpath } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The unprivileged account that runs the server when the service itself is root. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** In order of preference; initdb needs an account that has a name. */
const accountNames = ['postgres', 'nobody'];

/**
 * Who runs the server: null means the account of this process. PostgreSQL refuses to run as root.
 *
 * @throws Error where this process is root and the machine has no unprivileged account.
 */
export async function findServerUser(): Promise<ServerUser | null> {
  if (process.getuid?.() !== 0) return null;
  const accounts = await readAccounts();
  for (const name of accountNames) {
    const account = accounts.get(name);
    if (account !== undefined && account.uid !== 0) return account;
  }
  throw new Error(
    `PostgreSQL does not run as root and this machine has no account named ${accountNames.join(' or ')}. ` +
      'Add one, or start as another user, or set DATABASE_URL to an external PostgreSQL.',
  );
}

async function readAccounts(): Promise<Map<string, ServerUser>> {
  const accounts = new Map<string, ServerUser>();
  for (const line of (await readFile('/etc/passwd', 'utf8')).split('\n')) {
    const [name, , uid, gid] = line.split(':');
    if (name && uid && gid) accounts.set(name, { uid: Number(uid), gid: Number(gid) });
  }
  return accounts;
}

/** Whether the user may enter every folder above `path` and read what stands there. */
export async function canReach(user: ServerUser | null, path: string): Promise<boolean> {
  if (user === null) return true;
  try {
    const target = await realpath(path);
    if (!(await isAllowed(user, target, (await lstat(target)).isDirectory() ? 0o1 : 0o4))) {
      return false;
    }
    for (let folder = dirname(target); ; folder = dirname(folder)) {
      if (!(await isAllowed(user, folder, 0o1))) return false;
      if (folder === dirname(folder)) return true;
    }
  } catch {
    return false;
  }
}

async function isAllowed(user: ServerUser, path: string, bit: number): Promise<boolean> {
  const { uid, gid, mode } = await lstat(path);
  if (uid === user.uid) return (mode & (bit << 6)) !== 0;
  if (gid === user.gid) return (mode & (bit << 3)) !== 0;
  return (mode & bit) !== 0;
}
