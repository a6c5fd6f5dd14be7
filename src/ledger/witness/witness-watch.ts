import type { AuditEventDraft } from '../audit-event.js';
import type { WitnessOutcome } from './witness-client.js';
import { witnessConflict, witnessRefused, witnessRestored } from './witness.events.js';

type Condition = 'cosigned' | 'conflict' | 'refused' | 'unreachable';

interface Watched {
  readonly reported: Condition;
  readonly reportedAt: number;
  readonly failures: number;
}

/** One answer lost on the way is no news. */
const failuresToReport = 3;
const reportMillisecondsMin = 60_000;

/**
 * Turns a witness's answers into events: at each change, and not every second. A conflict and its end
 * are told at once; that a witness fails, at most once a minute.
 */
export class WitnessWatch {
  readonly #witnesses = new Map<string, Watched>();

  /** How many witnesses hold another history than this log's, by their last answer. */
  get conflicts(): number {
    return [...this.#witnesses.values()].filter(({ reported }) => reported === 'conflict').length;
  }

  /** @param now milliseconds on a clock that only goes forward */
  judge(
    { witness, treeSize, now }: { witness: string; treeSize: number; now: number },
    outcome: WitnessOutcome,
  ): AuditEventDraft | null {
    if (outcome.kind === 'superseded') return null;
    const before = this.#witnesses.get(witness) ?? untold;
    const failures = outcome.kind === 'cosigned' ? 0 : before.failures + 1;
    const isNews =
      outcome.kind !== before.reported && isDue(outcome.kind, { failures, before, now });
    this.#witnesses.set(witness, {
      failures,
      reported: isNews ? outcome.kind : before.reported,
      reportedAt: isNews ? now : before.reportedAt,
    });
    return isNews ? eventOf(outcome, witness, treeSize) : null;
  }
}

function isDue(
  condition: Condition,
  { failures, before, now }: { failures: number; before: Watched; now: number },
): boolean {
  if (condition === 'conflict' || condition === 'cosigned') return true;
  return failures >= failuresToReport && now >= before.reportedAt + reportMillisecondsMin;
}

const untold: Watched = { reported: 'cosigned', reportedAt: -Infinity, failures: 0 };

function eventOf(
  outcome: Exclude<WitnessOutcome, { kind: 'superseded' }>,
  witness: string,
  treeSize: number,
): AuditEventDraft {
  switch (outcome.kind) {
    case 'cosigned':
      return witnessRestored({ detail: { witness } });
    case 'conflict':
      return witnessConflict({
        outcome: 'failed',
        detail: { witness, treeSize, witnessSize: outcome.witnessSize },
      });
    case 'refused':
      return witnessRefused({
        outcome: 'failed',
        detail: { witness, reason: 'refused', status: outcome.status },
      });
    case 'unreachable':
      return witnessRefused({
        outcome: 'failed',
        detail: { witness, reason: 'unreachable', status: null },
      });
  }
}
