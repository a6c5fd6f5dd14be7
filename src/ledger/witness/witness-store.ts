import { readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';

import { createOnce, makePrivateDirectory, syncDirectory } from '../../platform/index.js';
import { parseCheckpoint, sha256, splitNote } from '../tree/index.js';

/** The last checkpoint that a witness cosigned of a log. */
export interface WitnessedCheckpoint {
  readonly treeSize: number;
  readonly rootHash: Buffer;
  readonly note: string;
}

const readAttemptsMax = 100;
/** Of either kind: whoever sends bad proofs for good checkpoints is not to crowd out a fork. */
const evidenceFilesMax = 1_000;

/**
 * What a witness must never forget, as files. A log's folder holds its last checkpoint in a file
 * that is named after the size it followed: `120` holds the one checkpoint that ever came after size
 * 120. A hard link makes it, which fails where the name is taken: so of several requests, in one
 * process or in several, one advances the log, and check and persist are one step without any lock.
 * A killed process leaves the old state or the new one.
 */
export class WitnessStore {
  constructor(private readonly folder: string) {}

  /** Makes the folders of the logs, durably: whatever is put into them later stays. */
  async prepare(origins: readonly string[]): Promise<void> {
    for (const origin of origins) await makePrivateDirectory(this.#folderOf(origin));
    await makePrivateDirectory(join(this.folder, 'evidence'));
    await syncDirectory(join(this.folder, 'logs'));
    await syncDirectory(this.folder);
  }

  /** Null before the first. */
  async latest(origin: string): Promise<WitnessedCheckpoint | null> {
    for (let attempt = 0; attempt < readAttemptsMax; attempt += 1) {
      const newest = (await this.#sizes(origin)).at(-1);
      if (newest === undefined) return null;
      const note = await readIfThere(join(this.#folderOf(origin), String(newest)));
      // Gone in between: a newer one has taken its place.
      if (note !== null) return { ...parseCheckpoint(splitNote(note).text), note };
    }
    throw new Error('The folder of a log changes faster than it can be read');
  }

  /**
   * Makes a note the log's last checkpoint, durably, if the last one still has the size `from`.
   *
   * @returns false where another checkpoint has followed that size.
   */
  async advance(origin: string, from: number, note: string): Promise<boolean> {
    const folder = this.#folderOf(origin);
    const standing = await createOnce(join(folder, String(from)), () =>
      Promise.resolve(Buffer.from(note)),
    );
    const sizes = await this.#sizes(origin);
    // Named after a size that was overtaken and cleared away meanwhile, the file counts for nothing.
    if (sizes.at(-1) !== from || standing.toString() !== note) return false;
    for (const size of sizes.slice(0, -1)) await removeIfThere(join(folder, String(size)));
    return true;
  }

  /**
   * Keeps what a log signed and should not have. A `fork` is another root at the size that was
   * cosigned: the two notes prove, to anybody with the log's key, that it showed two histories. What
   * is `unproven` may be a fork, or a bad proof by whoever sent it.
   */
  async keepEvidence(cosigned: WitnessedCheckpoint | null, note: string): Promise<void> {
    const folder = join(this.folder, 'evidence');
    const { treeSize } = parseCheckpoint(splitNote(note).text);
    const kind = treeSize === cosigned?.treeSize ? 'fork' : 'unproven';
    const kept = (await readdir(folder)).filter((name) => name.startsWith(kind));
    if (kept.length >= evidenceFilesMax) return;
    const content = `${note}\n${cosigned?.note ?? ''}`;
    await createOnce(
      join(folder, `${kind}-${sha256(content).toString('hex').slice(0, 32)}.txt`),
      () => Promise.resolve(Buffer.from(content)),
    );
  }

  async #sizes(origin: string): Promise<number[]> {
    const names = await readdir(this.#folderOf(origin));
    const sizes = names.filter((name) => /^\d+$/.test(name)).map(Number);
    return sizes.sort((one, other) => one - other);
  }

  /** An origin may hold any character; its digest is a file name everywhere. */
  #folderOf(origin: string): string {
    return join(this.folder, 'logs', sha256(origin).toString('hex'));
  }
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

async function removeIfThere(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (!hasCode(error, 'ENOENT')) throw error;
  });
}

function hasCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException).code === code;
}
