import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { createOnce, readIfThere, removeIfThere } from '../platform/index.js';

const readAttemptsMax = 100;

/**
 * Checkpoints that follow one another, the last of them in a file that is named after the size it
 * followed: `120` holds the one checkpoint that ever came after size 120, `0` the first. A hard link
 * makes it, which fails where the name is taken: so of several that go on from one size, in one process
 * or in several, one does, and check and persist are one step without any lock. A name cannot go back.
 * A killed process leaves the old state or the new one.
 */
export class NoteSuccession {
  /** @param prefix what the names begin with, where other files stand in the folder. */
  constructor(
    private readonly folder: string,
    private readonly prefix = '',
  ) {}

  /** Null before the first. */
  newest(): string | null {
    for (let attempt = 0; attempt < readAttemptsMax; attempt += 1) {
      const last = this.sizes().at(-1);
      if (last === undefined) return null;
      const note = readIfThere(this.pathAfter(last));
      // Gone in between: a newer one has taken its place.
      if (note !== null) return note.toString();
    }
    throw new Error('The checkpoints change faster than they can be read');
  }

  /**
   * Makes a note the last one, durably, if the last one still has the size `from`, 0 before the first.
   *
   * @returns false where another note has followed that size.
   */
  async advance(from: number, note: string): Promise<boolean> {
    const standing = await createOnce(this.pathAfter(from), () =>
      Promise.resolve(Buffer.from(note)),
    );
    const sizes = this.sizes();
    // Named after a size that was overtaken and cleared away meanwhile, the file counts for nothing.
    if (sizes.at(-1) !== from || standing.toString() !== note) return false;
    for (const size of sizes.slice(0, -1)) removeIfThere(this.pathAfter(size));
    return true;
  }

  pathAfter(size: number): string {
    return join(this.folder, `${this.prefix}${size}`);
  }

  /** The sizes that were followed, in their order. */
  sizes(): number[] {
    const names = readdirSync(this.folder).filter((name) => name.startsWith(this.prefix));
    const sizes = names.map((name) => name.slice(this.prefix.length));
    return sizes
      .filter((size) => /^\d{1,16}$/.test(size))
      .map(Number)
      .sort((one, other) => one - other);
  }
}
