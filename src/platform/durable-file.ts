import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

import { codeOf } from './error-code.js';

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
  await placeOnce(path, { content: await content(), draft: `${path}.${randomUUID()}` });
  return readFile(path);
}

/**
 * Puts a file where none is, whole and durable before it has its name.
 *
 * @returns false where another process had put one there, or had removed the draft.
 */
export async function placeOnce(
  path: string,
  { content, draft }: { readonly content: Buffer; readonly draft: string },
): Promise<boolean> {
  await writeNew(draft, content);
  try {
    // A hard link, unlike a rename, refuses to replace what another process has just put there.
    await link(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST' || codeOf(error) === 'ENOENT') return false;
    throw error;
  } finally {
    await removeIfThere(draft);
    await syncDirectory(dirname(path));
  }
}

/** Removes a file; one that is gone already is no fault. */
export async function removeIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
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
    if (codeOf(error) === 'ENOENT') return null;
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
