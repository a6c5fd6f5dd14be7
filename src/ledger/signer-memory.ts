import { randomUUID } from 'node:crypto';
import { link, readdir, readFile, rename } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

import { codeOf, createOnce, removeIfThere, syncDirectory } from '../platform/index.js';
import { parseCheckpoint, splitNote } from './tree/index.js';

const readAttemptsMax = 100;
/** What the first checkpoint follows: less than any size. */
const nothing = -1;

/**
 * What the signer keeps, outside the database, of the last checkpoint it signed. Beside the file of
 * that name stands one that is named after the size it followed: `….after-120` holds the one checkpoint
 * that ever came after size 120. A hard link makes it, which fails where the name is taken: so of two
 * signers that both read 120, in one process or in several, one goes on from there. The last of these
 * files decides, for a name cannot go back; the file without a size is its copy, for people and tools.
 */
export class SignerMemory {
  constructor(private readonly path: string) {}

  /**
   * Null before the first checkpoint. An empty file is an answer too, and no checkpoint: where either
   * of the two files is damaged, that is what is answered.
   */
  async read(): Promise<string | null> {
    const newest = await this.#newest();
    const copy = await readIfThere(this.path);
    if (newest === null || copy === null) return newest ?? copy;
    const size = sizeOf(copy);
    // Written by a release that knew the copy only, it may be ahead; behind, it was not brought along.
    return size === null || size > (sizeOf(newest) ?? Infinity) ? copy : newest;
  }

  /**
   * Makes a note the remembered one if what is remembered still has the size `from`. Returns once it
   * would outlive a loss of power: were the folder not flushed, a checkpoint that is out in the world
   * could be forgotten, and contradicted by the next.
   *
   * @param from null where nothing was remembered.
   * @returns false where another note has followed that size.
   */
  async advance(from: number | null, note: string): Promise<boolean> {
    const size = from ?? nothing;
    const successor = this.#pathAfter(size);
    const standing = await createOnce(successor, () => Promise.resolve(Buffer.from(note)));
    // Named after a size that was overtaken and cleared away meanwhile, the file counts for nothing.
    if (standing.toString() !== note || (await this.read()) !== note) return false;
    await this.#copy(successor);
    for (const former of await this.#followed()) {
      if (former < size) await removeIfThere(this.#pathAfter(former));
    }
    return true;
  }

  /** Puts the note elsewhere and remembers nothing; killed half-way, it can be called again. */
  async moveTo(target: string): Promise<void> {
    const followed = await this.#followed();
    const last = followed.at(-1);
    if (last !== undefined && (await this.read()) !== (await readIfThere(this.path)))
      await this.#copy(this.#pathAfter(last));
    await rename(this.path, target);
    await syncDirectory(dirname(target));
    for (const size of followed) await removeIfThere(this.#pathAfter(size));
    await syncDirectory(dirname(this.path));
  }

  async #newest(): Promise<string | null> {
    for (let attempt = 0; attempt < readAttemptsMax; attempt += 1) {
      const last = (await this.#followed()).at(-1);
      if (last === undefined) return null;
      const note = await readIfThere(this.#pathAfter(last));
      // Gone in between: a newer one has taken its place.
      if (note !== null) return note;
    }
    throw new Error('The memory of the signer changes faster than it can be read');
  }

  /** Whole at every moment. Not flushed: the successor it is made of is. */
  async #copy(successor: string): Promise<void> {
    const draft = `${this.path}.${randomUUID()}`;
    try {
      await link(successor, draft);
      await rename(draft, this.path);
    } catch (error) {
      // A signer that went on meanwhile has cleared the successor away, and copied its own.
      if (codeOf(error) !== 'ENOENT') throw error;
    } finally {
      // Where the copy was that very file already, the draft stays.
      await removeIfThere(draft);
    }
  }

  /** The sizes that were followed, in their order. */
  async #followed(): Promise<number[]> {
    const prefix = basename(this.#pathAfter(''));
    const names = (await readdir(dirname(this.path)).catch(noneIfGone)).filter((name) =>
      name.startsWith(prefix),
    );
    const sizes = names
      .map((name) => name.slice(prefix.length))
      .filter((size) => sizeForm.test(size));
    return sizes.map(sizeOfName).sort((one, other) => one - other);
  }

  #pathAfter(size: number | ''): string {
    return `${this.path}.after-${size === nothing ? 'nothing' : size}`;
  }
}

const sizeForm = /^(?:nothing|\d{1,16})$/;

function sizeOfName(name: string): number {
  return name === 'nothing' ? nothing : Number(name);
}

/** Null where it is no checkpoint. */
function sizeOf(note: string): number | null {
  try {
    return parseCheckpoint(splitNote(note).text).treeSize;
  } catch {
    return null;
  }
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function noneIfGone(error: unknown): string[] {
  if (codeOf(error) === 'ENOENT') return [];
  throw error;
}
