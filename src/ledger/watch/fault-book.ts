import { readFile, rename, writeFile } from 'node:fs/promises';

import { z } from 'zod';

import { codeOf } from '../../platform/index.js';
import { isCount, parseRecord } from '../foreign-json.js';

const faultSchema = z.strictObject({
  kind: z.string(),
  leafIndex: z.custom<number>(isCount).nullable(),
  eventId: z.string().nullable(),
  object: z.string().nullable(),
});
const bookSchema = z.strictObject({ v: z.literal(1), faults: z.array(faultSchema) });

/** One thing that is not as it was made. */
export type LedgerFault = z.infer<typeof faultSchema>;

/** Thrown for a file that is no book of faults. */
export class FaultBookError extends Error {
  override readonly name = 'FaultBookError';
}

/** More are counted, not kept. */
const faultsMax = 50;

/**
 * The faults that stand open, in a file outside the database, so that each is reported once whatever
 * process finds it again, and a restart does not forget it.
 */
export class FaultBook {
  #open = new Map<string, LedgerFault>();

  constructor(private readonly path: string) {}

  get size(): number {
    return this.#open.size;
  }

  /** @throws FaultBookError where the file is damaged. */
  async load(): Promise<void> {
    try {
      const faults = parseFaults(await readFile(this.path, 'utf8'), this.path);
      this.#open = new Map(faults.map((fault) => [nameOf(fault), fault]));
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      this.#open = new Map();
    }
  }

  /** Answers those that are new. */
  enter(faults: readonly LedgerFault[]): LedgerFault[] {
    const news: LedgerFault[] = [];
    for (const fault of faults) {
      // One look may meet the same place twice: among the new entries and in its round.
      if (this.#open.has(nameOf(fault)) || this.#open.size === faultsMax) continue;
      this.#open.set(nameOf(fault), fault);
      news.push(fault);
    }
    return news;
  }

  /** Crosses out, and answers, those of one kind of look that it no longer finds. */
  keepOnly(found: ReadonlySet<string>, isOfLook: (fault: LedgerFault) => boolean): LedgerFault[] {
    const gone = [...this.#open.values()].filter(
      (fault) => isOfLook(fault) && !found.has(nameOf(fault)),
    );
    for (const fault of gone) this.#open.delete(nameOf(fault));
    return gone;
  }

  async save(): Promise<void> {
    const draft = `${this.path}.${process.pid}`;
    const book: z.infer<typeof bookSchema> = { v: 1, faults: [...this.#open.values()] };
    await writeFile(draft, `${JSON.stringify(book)}\n`, { flush: true });
    await rename(draft, this.path);
  }
}

function parseFaults(text: string, path: string): readonly LedgerFault[] {
  const parsed = bookSchema.safeParse(parseRecord(text));
  if (!parsed.success)
    throw new FaultBookError(`${path} is no book of faults`, { cause: parsed.error });
  return parsed.data.faults;
}

export function nameOf({ kind, leafIndex, eventId, object }: LedgerFault): string {
  return [kind, leafIndex, eventId, object].join(' ');
}
