/** What three clocks said at one moment, in milliseconds. */
export interface ClockReading {
  readonly service: number;
  readonly database: number;
  /** Only goes forward, at the machine's pace; its beginning means nothing. */
  readonly monotonic: number;
}

export interface ClockChange {
  readonly clock: 'service' | 'database' | 'between';
  readonly milliseconds: number;
}

/** Slewing moves a clock by half a millisecond a second; a second between two looks was set by hand. */
const jumpMilliseconds = 1_000;
const driftMilliseconds = 2_000;

/**
 * Notices clocks that were set, forward or back, and clocks that have drifted apart. Times in the
 * record are only as good as the clocks were.
 */
export class ClockWatch {
  #last: ClockReading | null = null;
  #isApart = false;
  #drift = 0;

  /** How far the database's clock was ahead of the service's, in milliseconds. */
  get drift(): number {
    return this.#drift;
  }

  observe(reading: ClockReading): ClockChange[] {
    const jumps = this.#last === null ? [] : jumpsSince(this.#last, reading);
    this.#last = reading;
    this.#drift = reading.database - reading.service;
    const wasApart = this.#isApart;
    this.#isApart = Math.abs(this.#drift) >= driftMilliseconds;
    if (!this.#isApart || wasApart) return jumps;
    return [...jumps, { clock: 'between', milliseconds: Math.round(this.#drift) }];
  }
}

function jumpsSince(last: ClockReading, reading: ClockReading): ClockChange[] {
  const passed = reading.monotonic - last.monotonic;
  return (['service', 'database'] as const)
    .map((clock) => ({ clock, milliseconds: Math.round(reading[clock] - last[clock] - passed) }))
    .filter(({ milliseconds }) => Math.abs(milliseconds) >= jumpMilliseconds);
}
