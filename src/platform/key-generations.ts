import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { placeOnce, removeIfThere } from './durable-file.js';
import { codeOf } from './error-code.js';

const readingsMax = 5;
const sealedName = 'key-store.sealed';
/** A state, or the draft of one: `key-store.sealed[.<number>[.<draft>]]`. */
const statePattern = /^key-store\.sealed(?:\.(\d{1,9})(\..+)?)?$/;

/** One state of the file: the higher the number, the newer. */
export interface Generation {
  readonly number: number;
  readonly content: Buffer;
}

/**
 * The sealed file, which is never overwritten: each state is a file of its own, `key-store.sealed`
 * and then `.1`, `.2` …, and the highest number is the truth. Of two processes that write the same number one
 * fails, so no lock is needed and none can be left behind by a process that was killed.
 */
export class KeyGenerations {
  constructor(private readonly directory: string) {}

  /** The number of the newest state; null where there is none. */
  newest(): number | null {
    const numbers = this.#list()
      .filter(({ isDraft }) => !isDraft)
      .map(({ number }) => number);
    return numbers.length === 0 ? null : Math.max(...numbers);
  }

  /** The newest state; null where there is none. */
  read(): Generation | null {
    for (let reading = 0; reading < readingsMax; reading += 1) {
      const number = this.newest();
      if (number === null) return null;
      try {
        return { number, content: readFileSync(this.pathOf(number)) };
      } catch (error) {
        // Superseded and removed since the folder was listed: look again.
        if (codeOf(error) !== 'ENOENT') throw error;
      }
    }
    throw new Error(`${sealedName} changes faster than it can be read`);
  }

  /**
   * Adds the state that follows `number - 1` and returns once it is durable; what it supersedes is
   * removed.
   *
   * @returns whether it became the newest; false where another process was first.
   */
  async add({ number, content }: Generation): Promise<boolean> {
    const path = this.pathOf(number);
    const draft = join(this.directory, `${sealedName}.${String(number)}.${randomUUID()}`);
    if (!(await placeOnce(path, { content, draft }))) return false;
    if (this.newest() !== number) {
      // The number was free again because it had long been superseded.
      removeIfThere(path);
      return false;
    }
    this.#removeBefore(number);
    return true;
  }

  pathOf(number: number): string {
    return join(this.directory, number === 0 ? sealedName : `${sealedName}.${String(number)}`);
  }

  /** Older states and the drafts that crashes left: none may be opened by an older master key. */
  #removeBefore(number: number): void {
    const superseded = this.#list().filter(
      (file) => file.number < number || (file.isDraft && file.number <= number),
    );
    for (const { fileName } of superseded) removeIfThere(join(this.directory, fileName));
  }

  #list(): { fileName: string; number: number; isDraft: boolean }[] {
    return readdirSync(this.directory).flatMap((fileName) => {
      const match = statePattern.exec(fileName);
      if (!match) return [];
      return [{ fileName, number: Number(match[1] ?? 0), isDraft: match[2] !== undefined }];
    });
  }
}
