import { randomUUID } from 'node:crypto';
import { linkSync, renameSync } from 'node:fs';
import { basename, dirname } from 'node:path';

import { codeOf, readIfThere, removeIfThere, syncDirectory } from '../platform/index.js';
import { NoteSuccession } from './note-succession.js';
import { parseCheckpoint, splitNote } from './tree/index.js';

/**
 * What the signer keeps, outside the database, of the last checkpoint it signed. Beside the file of
 * that name stands `….after-120`, the checkpoint that followed size 120: of two signers that both read
 * 120 one goes on from there. It decides; the file without a size is its copy, for people and tools.
 */
export class SignerMemory {
  readonly #succession: NoteSuccession;

  constructor(private readonly path: string) {
    this.#succession = new NoteSuccession(dirname(path), `${basename(path)}.after-`);
  }

  /**
   * Null before the first checkpoint. An empty file is an answer too, and no checkpoint: where either
   * of the two files is damaged, that is what is answered.
   */
  read(): string | null {
    const newest = this.#succession.newest();
    const copy = this.#readCopy();
    if (newest === null || copy === null) return newest ?? copy;
    const size = sizeOf(copy);
    // Written by a release that knew the copy only, it may be ahead; behind, it was not brought along.
    return size === null || size > (sizeOf(newest) ?? Infinity) ? copy : newest;
  }

  /**
   * Makes a note the remembered one if what is remembered still has the size `from`, 0 where nothing
   * is. Returns once it would outlive a loss of power: were the folder not flushed, a checkpoint that
   * is out in the world could be forgotten, and contradicted by the next.
   *
   * @returns false where another note has followed that size.
   */
  async advance(from: number, note: string): Promise<boolean> {
    if (!(await this.#succession.advance(from, note)) || this.read() !== note) return false;
    this.#copy(this.#succession.pathAfter(from));
    return true;
  }

  /** Puts the note elsewhere and remembers nothing; killed half-way, it can be called again. */
  async moveTo(target: string): Promise<void> {
    const followed = this.#succession.sizes();
    const last = followed.at(-1);
    if (last !== undefined && this.read() !== this.#readCopy()) {
      this.#copy(this.#succession.pathAfter(last));
    }
    renameSync(this.path, target);
    await syncDirectory(dirname(target));
    for (const size of followed) removeIfThere(this.#succession.pathAfter(size));
    await syncDirectory(dirname(this.path));
  }

  #readCopy(): string | null {
    return readIfThere(this.path)?.toString() ?? null;
  }

  /** Whole at every moment. Not flushed: the file it is made of is. */
  #copy(successor: string): void {
    const draft = `${this.path}.${randomUUID()}`;
    try {
      linkSync(successor, draft);
      renameSync(draft, this.path);
    } catch (error) {
      // A signer that went on meanwhile has cleared the successor away, and copied its own.
      if (codeOf(error) !== 'ENOENT') throw error;
    } finally {
      // Where the copy was that very file already, the draft stays.
      removeIfThere(draft);
    }
  }
}

/** Null where it is no checkpoint. */
function sizeOf(note: string): number | null {
  try {
    return parseCheckpoint(splitNote(note).text).treeSize;
  } catch {
    return null;
  }
}
