import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

const ownerOnly = 0o600;

/** Makes a folder that only its owner may enter. */
export async function makePrivateDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
}

/**
 * Creates a file with its whole content, or leaves the one that is there: of several processes that
 * try together one wins, and nobody ever sees a part of it.
 *
 * @returns the content that stands in the file now.
 */
export async function createOnce(path: string, content: () => Promise<Buffer>): Promise<Buffer> {
  const standing = await readIfThere(path);
  if (standing) return standing;
  const draft = `${path}.${randomUUID()}`;
  await writeNew(draft, await content());
  try {
    // A hard link, unlike a rename, refuses to replace what another process has just put there.
    await link(draft, path);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    await unlink(draft);
  }
  await syncDirectory(dirname(path));
  return readFile(path);
}

/** Appends a line and returns once it is on the disk. */
export async function appendLine(path: string, line: string): Promise<void> {
  const file = await open(path, 'a', ownerOnly);
  try {
    // The leading newline ends a line that a crash may have cut short.
    await file.appendFile(`\n${line}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await syncDirectory(dirname(path));
}

async function writeNew(path: string, content: Buffer): Promise<void> {
  const file = await open(path, 'wx', ownerOnly);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

/** The name of a new file is durable only once its folder is. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function hasCode(error: unknown, code: string): boolean {
  // Not `instanceof Error`: under Jest the file system's errors come from another realm.
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
