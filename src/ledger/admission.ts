import { platformProblems } from '../platform/index.js';

/** Events that may wait for the sealer before new ones are turned away. */
export const backlogEventsMax = 50_000;
const retryAfterSeconds = 2;

/**
 * Holds writers back while the sealer is behind: an honest 503 rather than lag without bound. The
 * sealer of this process publishes what it sees; asking costs nothing.
 */
export class Admission {
  #backlog = 0;

  constructor(readonly backlogMax: number = backlogEventsMax) {}

  get backlog(): number {
    return this.#backlog;
  }

  publishBacklog(events: number): void {
    this.#backlog = events;
  }

  /** @throws Problem `service.unavailable` with `Retry-After`. */
  assertOpen(): void {
    if (this.#backlog <= this.backlogMax) return;
    throw platformProblems['service.unavailable']({
      detail: 'The audit ledger is catching up.',
      headers: { 'Retry-After': String(retryAfterSeconds) },
    });
  }
}
