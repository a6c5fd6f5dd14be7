import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { PublishedStore } from './published-store.js';

/** A log in a folder: a web server that serves it as it lies serves the log. */
export class DirectoryStore implements PublishedStore {
  constructor(private readonly root: string) {}

  async read(path: string): Promise<Buffer | null> {
    try {
      return await readFile(join(this.root, path));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  create(path: string, bytes: Buffer): Promise<void> {
    return this.#write(path, bytes);
  }

  replaceCheckpoint(bytes: Buffer): Promise<void> {
    return this.#write('checkpoint', bytes);
  }

  /**
   * Content first, then the name, then the folder that holds the name: after a crash a resource is
   * whole or not there, and a checkpoint never stands without the tiles below it.
   */
  async #write(path: string, bytes: Buffer): Promise<void> {
    const target = join(this.root, path);
    const folder = dirname(target);
    await mkdir(folder, { recursive: true });
    const draft = `${target}.${process.pid}.draft`;
    const file = await open(draft, 'w', 0o644);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, target);
    await syncFolder(folder);
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
