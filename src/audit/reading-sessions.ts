import { Injectable } from '@nestjs/common';

import { type Actor, Clock } from '../platform/index.js';

const intervalMilliseconds = 60_000;
const sessionsMax = 1_000;

/**
 * Remembers which sessions' reading of the log stands in the ledger already: one event a session and
 * minute, so that mirroring the log does not grow it by its own reads.
 */
@Injectable()
export class ReadingSessions {
  readonly #recordedAt = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  isRecorded(actor: Actor): boolean {
    const recordedAt = this.#recordedAt.get(keyOf(actor));
    if (recordedAt === undefined) return false;
    const age = this.clock.now().getTime() - recordedAt;
    // Below nothing where the clock was set back: what follows must not go unrecorded until it is right.
    return age >= 0 && age < intervalMilliseconds;
  }

  record(actor: Actor): void {
    // Forgetting costs an event too many, never one too few.
    if (this.#recordedAt.size >= sessionsMax) this.#recordedAt.clear();
    this.#recordedAt.set(keyOf(actor), this.clock.now().getTime());
  }
}

function keyOf({ kind, id, sessionId }: Actor): string {
  return `${kind} ${id} ${sessionId ?? ''}`;
}
