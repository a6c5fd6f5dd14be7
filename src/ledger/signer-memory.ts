import { randomUUID } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

import { codeOf, syncDirectory } from '../platform/index.js';

const ownerOnly = 0o600;

/** The file in which the signer keeps, outside the database, the last checkpoint it signed. */
export class SignerMemory {
  constructor(private readonly path: string) {}

  /** Null before the first checkpoint. An empty file is an answer too, and no checkpoint. */
  async read(): Promise<string | null> {
    try {
      return await readFile(this.path, 'utf8');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      throw error;
    }
  }

  /**
   * Returns once the note would outlive a loss of power: content, then name, then folder. A crash
   * leaves the old note or the new one, never a part; were the folder not flushed, a checkpoint that
   * is out in the world could be forgotten, and contradicted by the next.
   */
  async write(note: string): Promise<void> {
    // Named at random: processes on several machines may share the folder and their process ids.
    const draft = `${this.path}.${randomUUID()}`;
    const file = await open(draft, 'wx', ownerOnly);
    try {
      await file.writeFile(note);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, this.path);
    await syncDirectory(dirname(this.path));
  }
}
