import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fsync,
  linkSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

import { codeOf } from './error-code.js';

const ownerOnly = 0o600;
// Only the disk is waited for. The other steps take microseconds, and each that is handed to another
// thread waits its turn behind a busy one: a checkpoint takes a score of them.
const flush = promisify(fsync);

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
  const standing = readIfThere(path);
  if (standing) return standing;
  await placeOnce(path, { content: await content(), draft: `${path}.${randomUUID()}` });
  return readFileSync(path);
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
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST' || codeOf(error) === 'ENOENT') return false;
    throw error;
  } finally {
    removeIfThere(draft);
    await syncDirectory(dirname(path));
  }
}

/** Removes a file; one that is gone already is no fault. */
export function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
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
  const file = openSync(path, 'wx', ownerOnly);
  try {
    writeFileSync(file, content);
    await flush(file);
  } finally {
    closeSync(file);
  }
}

/** Null where there is none. */
export function readIfThere(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** The name of a new file is durable only once its folder is. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = openSync(path, 'r');
  try {
    await flush(directory);
  } finally {
    closeSync(directory);
  }
}
