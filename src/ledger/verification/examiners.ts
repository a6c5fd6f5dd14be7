import { availableParallelism } from 'node:os';
import { parentPort, Worker, workerData } from 'node:worker_threads';

import type { Damage } from './damage.js';
import { type EntryRange, examineRange } from './examine-range.js';
import type { ExaminedTile } from './log-source.js';
import { type LogLocation, LogUnreachable, openTileReader } from './tile-reader.js';

/** Examines ranges of a published log, as many at once as there are cores. */
export interface Examiners {
  readonly parallelism: number;
  examine(range: EntryRange): Promise<readonly ExaminedTile[]>;
  close(): Promise<void>;
}

/** In the calling thread: for a small log, threads cost more than they bring. */
export function examineHere(location: LogLocation): Examiners {
  const read = openTileReader(location);
  return {
    parallelism: 1,
    examine: (range) => examineRange(read, range),
    close: () => Promise.resolve(),
  };
}

interface Wire {
  readonly hashes: Uint8Array;
  readonly root: Uint8Array | null;
  readonly damages: readonly Damage[];
}
type Answer =
  { readonly tiles: readonly Wire[] } | { readonly fault: string; readonly isUnreachable: boolean };

interface Waiting {
  readonly resolve: (tiles: readonly ExaminedTile[]) => void;
  readonly reject: (error: Error) => void;
}

/** A thread that answers ranges in the order they were asked for. */
class Examiner {
  readonly #worker: Worker;
  readonly #waiting: Waiting[] = [];
  #end: Error | null = null;

  constructor(program: URL, location: LogLocation) {
    this.#worker = new Worker(program, { workerData: { examines: location } });
    this.#worker.on('message', (answer: Answer) => {
      const waiting = this.#waiting.shift();
      if ('fault' in answer) waiting?.reject(faultOf(answer));
      else waiting?.resolve(answer.tiles.map(tileOfWire));
    });
    const end = (error: Error): void => {
      this.#end ??= error;
      for (const { reject } of this.#waiting.splice(0)) reject(error);
    };
    this.#worker.on('error', end);
    this.#worker.on('exit', (code) => {
      end(new Error(`A thread ended with ${code} before it had answered`));
    });
  }

  get load(): number {
    return this.#waiting.length;
  }

  examine(range: EntryRange): Promise<readonly ExaminedTile[]> {
    // Nobody would answer.
    if (this.#end) return Promise.reject(this.#end);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(range);
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** A log that cannot be read is no damaged one, whichever thread found it. */
function faultOf({ fault, isUnreachable }: { fault: string; isUnreachable: boolean }): Error {
  return isUnreachable ? new LogUnreachable(fault) : new Error(fault);
}

function tileOfWire({ hashes, root, damages }: Wire): ExaminedTile {
  return { hashes: Buffer.from(hashes.buffer), root: root && Buffer.from(root.buffer), damages };
}

/** Each thread has the next range before it ends the present one. */
const rangesPerExaminer = 2;

/**
 * Starts a thread per core.
 *
 * @param program a module that calls `answerRanges` where it is not the main thread.
 */
export function startExaminers(program: URL, location: LogLocation): Examiners {
  const examiners = Array.from(
    { length: availableParallelism() },
    () => new Examiner(program, location),
  );
  return {
    parallelism: examiners.length * rangesPerExaminer,
    examine: (range) => {
      const [idlest] = [...examiners].sort((one, other) => one.load - other.load);
      if (!idlest) throw new Error('There is no core to work on');
      return idlest.examine(range);
    },
    close: async () => {
      await Promise.all(examiners.map((examiner) => examiner.close()));
    },
  };
}

/** The other end, in the thread: examines what it is asked for, one range after the other. */
export function answerRanges(): void {
  const read = openTileReader((workerData as { examines: LogLocation }).examines);
  let last = Promise.resolve();
  parentPort?.on('message', (range: EntryRange) => {
    last = last.then(() => answer(range));
  });

  async function answer(range: EntryRange): Promise<void> {
    try {
      const tiles = (await examineRange(read, range)).map(wireOf);
      const buffers = tiles.map(({ hashes }) => hashes.buffer as ArrayBuffer);
      parentPort?.postMessage({ tiles } satisfies Answer, buffers);
    } catch (error) {
      const fault = error instanceof Error ? error.message : String(error);
      const isUnreachable = error instanceof LogUnreachable;
      parentPort?.postMessage({ fault, isUnreachable } satisfies Answer);
    }
  }
}

/** Copies with buffers of their own: what shares one would take all of it along to the other thread. */
function wireOf({ hashes, root, damages }: ExaminedTile): Wire {
  return { hashes: new Uint8Array(hashes), root: root && new Uint8Array(root), damages };
}

/** Tells whether this is a thread that `startExaminers` started. */
export function isExaminer(): boolean {
  return (workerData as { examines?: unknown } | null)?.examines !== undefined;
}
