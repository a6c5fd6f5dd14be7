import { readFileSync, statSync } from 'node:fs';

import { appendLine } from './durable-file.js';

/** How long another process's tombstone may go unseen. */
const recheckMilliseconds = 500;

/** The ids of destroyed keys, in a file that only grows and that every process reads. */
export class Tombstones {
  #ids = new Set<string>();
  #sizeRead = 0;
  #checkedAt = -Infinity;

  constructor(private readonly path: string) {}

  /** Returns once the tombstone is durable. */
  async add(keyId: string): Promise<void> {
    if (!/^[\w-]{1,64}$/.test(keyId)) throw new Error('Not a key id');
    await appendLine(this.path, keyId);
    this.#ids.add(keyId);
  }

  /** Whether the key is known to be destroyed; at most half a second behind other processes. */
  has(keyId: string): boolean {
    const now = performance.now();
    if (now - this.#checkedAt >= recheckMilliseconds) {
      this.#checkedAt = now;
      this.refresh();
    }
    return this.#ids.has(keyId);
  }

  /** Reads the file again if it has grown; what was once read stays known even if the file shrinks. */
  refresh(): void {
    const size = statSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
    if (size === this.#sizeRead) return;
    for (const line of readFileSync(this.path, 'utf8').split('\n')) {
      if (line !== '') this.#ids.add(line);
    }
    this.#sizeRead = size;
  }
}
