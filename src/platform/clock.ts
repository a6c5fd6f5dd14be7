/** Tells the time. Every instant the product stores or compares comes from here, so that tests make time data. */
export abstract class Clock {
  abstract now(): Date;
}

/** The machine's own clock. */
export class SystemClock extends Clock {
  override now(): Date {
    return new Date();
  }
}

/** A clock that only moves when told; for tests and `PROBITY_SIMULATION`, refused in production. */
export class SimulatedClock extends Clock {
  #now: number;

  constructor(start: Date = new Date()) {
    super();
    this.#now = start.getTime();
  }

  override now(): Date {
    return new Date(this.#now);
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }
}
