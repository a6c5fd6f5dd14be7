export interface TurnstileLimits {
  readonly concurrentMax: number;
  readonly waitingMax: number;
}

/** Lets so many through at once, lets so many wait in order, and turns the rest away. */
export class Turnstile {
  readonly #waiting: (() => void)[] = [];
  #inside = 0;

  constructor(private readonly limits: TurnstileLimits) {}

  /** Null where nobody more may wait; the work was not begun. */
  pass<Result>(work: () => Promise<Result>): Promise<Result> | null {
    const isFull = this.#inside >= this.limits.concurrentMax;
    if (isFull && this.#waiting.length >= this.limits.waitingMax) return null;
    return this.#run(work, isFull);
  }

  async #run<Result>(work: () => Promise<Result>, mustWait: boolean): Promise<Result> {
    // Who waits takes over the place of whoever leaves: the number inside never passes the limit.
    if (mustWait) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#inside += 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#inside -= 1;
    }
  }
}
