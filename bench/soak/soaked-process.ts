import { type ChildProcess, spawn } from 'node:child_process';

import type { SoakTask } from './soak-process.js';

/** What a process lives with, however many events pass through it: with more it ends by itself. */
const heapMegabytesMax = 128;

/** A process of the soak, as who started it hears it. */
export class SoakedProcess {
  readonly acknowledged: string[] = [];
  readonly faults: string[] = [];
  state = '';
  isDone = false;
  /** It ended, and nobody had killed it. */
  hasFailed = false;
  rssMegabytesMax = 0;
  lagMillisecondsP99 = 0;
  rollbacks = 0;
  refusals = 0;
  /** Transactions that were open for long, and were acknowledged. */
  longTransactions = 0;
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;
  #isKilled = false;
  #rest = '';

  /** @param program what Node is started with, the program's path last */
  constructor(
    program: readonly string[],
    private readonly task: SoakTask,
  ) {
    const heap = `--max-old-space-size=${heapMegabytesMax}`;
    this.#process = spawn(process.execPath, [heap, ...program, JSON.stringify(task)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#hear(text);
    });
    this.#ended = new Promise((resolve) => {
      this.#process.once('close', (code) => {
        this.hasFailed = !this.#isKilled;
        resolve(code);
      });
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get eventsLeft(): number {
    return Math.max(0, this.task.events - this.acknowledged.length);
  }

  /** As a crash would; what it had said is heard to the end. */
  async kill(): Promise<void> {
    this.#isKilled = true;
    this.#process.kill('SIGKILL');
    await this.#ended;
  }

  #hear(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#note(line);
  }

  #note(line: string): void {
    const [word, value = '', , lag = ''] = line.split(' ');
    if (word === 'ack') this.acknowledged.push(value);
    else if (word === 'state') this.state = value;
    else if (word === 'done') this.isDone = true;
    else if (word === 'rollback') this.rollbacks += 1;
    else if (word === 'refusal') this.refusals += 1;
    else if (word === 'long') this.longTransactions += 1;
    else if (word === 'fault') this.faults.push(line);
    else if (word === 'rss') {
      this.rssMegabytesMax = Math.max(this.rssMegabytesMax, Number(value));
      this.lagMillisecondsP99 = Number(lag);
    }
  }
}
