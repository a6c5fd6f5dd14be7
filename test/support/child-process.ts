import { spawn, type ChildProcess } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const outputMillisecondsMax = 60_000;

/** One of our programs as a process of its own, run from the sources. */
export interface Child {
  readonly pid: number;
  /** Everything it has written so far, both streams. */
  readonly output: string;
  /** Waits until the output matches; fails with the output where the process ends first. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>;
  /** Sends a signal and waits for the end; answers the exit code, null after a kill. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** Waits for the end. */
  ended(): Promise<number | null>;
}

/**
 * Starts a TypeScript program.
 *
 * @param program path from the root of the repository.
 */
export function startChild(
  program: string,
  options: {
    readonly env: Readonly<Record<string, string>>;
    readonly parameters?: readonly string[];
  },
): Child {
  const root = join(here, '../..');
  const child = spawn(
    process.execPath,
    [
      ...['--import', join(here, 'typescript-loader.mjs'), join(root, program)],
      ...(options.parameters ?? []),
    ],
    // The worker's own settings (test run, Jest) must not steer the child.
    {
      cwd: root,
      env: { PATH: process.env['PATH'], ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  return new RunningChild(child);
}

class RunningChild implements Child {
  output = '';
  readonly #exit: Promise<number | null>;
  #exited = false;

  constructor(private readonly process: ChildProcess) {
    for (const stream of [process.stdout, process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    }
    this.#exit = new Promise((resolve) => {
      process.once('close', (code) => {
        this.#exited = true;
        resolve(code);
      });
    });
  }

  get pid(): number {
    if (this.process.pid === undefined) throw new Error('The child did not start');
    return this.process.pid;
  }

  async waitFor(pattern: RegExp): Promise<RegExpExecArray> {
    const deadline = Date.now() + outputMillisecondsMax;
    for (;;) {
      const found = pattern.exec(this.output);
      if (found !== null) return found;
      if (this.#exited || Date.now() > deadline) {
        throw new Error(`The child never wrote ${String(pattern)}:\n${this.output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  end(signal: NodeJS.Signals): Promise<number | null> {
    this.process.kill(signal);
    return this.#exit;
  }

  ended(): Promise<number | null> {
    return this.#exit;
  }
}
