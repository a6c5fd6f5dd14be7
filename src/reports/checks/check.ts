import type { AuditEvent } from '../../ledger/index.js';

export const standards = ['PCI-DSS', 'SOC2', 'GDPR'] as const;
export type Standard = (typeof standards)[number];

/** One sealed event with its place in the log. */
export interface Evidence {
  readonly index: number;
  readonly eventId: string;
  /** Leaf hash of the entry, hex. */
  readonly leafHash: string;
  /** Whether the entry's `prev` is the leaf hash of the entry before it. */
  readonly linked: boolean;
  /** The canonical entry, as it was hashed. */
  readonly text: string;
  readonly event: AuditEvent;
}

export type CheckStatus = 'pass' | 'fail' | 'not_applicable' | 'manual';

export interface CheckResult {
  readonly id: string;
  readonly standard: Standard;
  /** The requirement in the standard's own numbering. */
  readonly requirement: string;
  readonly title: string;
  readonly status: CheckStatus;
  /** How many events the check was about, and how many of them broke it. */
  readonly population: number;
  readonly failures: number;
  /** Up to 25 events: the failing ones first. */
  readonly samples: readonly { index: number; eventId: string; leafHash: string }[];
  readonly explanation: string;
}

/** Looks at one event: not concerned, good, or broken. */
export type Judge = (evidence: Evidence) => 'not_concerned' | 'good' | 'broken';

/** A judge that also says, at the end, which events still wait for what had to follow them. */
export interface PairingJudge {
  readonly look: Judge;
  readonly unanswered: () => readonly Evidence[];
}

export interface Check {
  readonly id: string;
  readonly standard: Standard;
  readonly requirement: string;
  readonly title: string;
  /** What a pass means and what a failure means, for the reader of the report. */
  readonly explanation: string;
  /** Registered event types that the judge sees; all where it does not say. */
  readonly about?: readonly string[];
  /** A fresh judge per report; it may remember earlier events. */
  readonly judge: () => Judge | PairingJudge;
}

const samplesMax = 25;

/** Runs one check over a stream of evidence. */
export class RunningCheck {
  readonly #judge: PairingJudge;
  readonly #good: Evidence[] = [];
  readonly #broken: Evidence[] = [];
  #population = 0;
  #failures = 0;

  constructor(private readonly check: Check) {
    const judge = check.judge();
    this.#judge = typeof judge === 'function' ? { look: judge, unanswered: () => [] } : judge;
  }

  look(evidence: Evidence): void {
    const { about } = this.check;
    if (about && !about.includes(evidence.event.type)) return;
    const verdict = this.#judge.look(evidence);
    if (verdict !== 'not_concerned') this.#count(evidence, verdict);
  }

  #count(evidence: Evidence, verdict: 'good' | 'broken'): void {
    this.#population += 1;
    if (verdict === 'broken') this.#failures += 1;
    const kept = verdict === 'broken' ? this.#broken : this.#good;
    if (kept.length < samplesMax) kept.push(evidence);
  }

  /** Call it once, when the evidence has ended. */
  result(): CheckResult {
    for (const evidence of this.#judge.unanswered()) this.#count(evidence, 'broken');
    const { id, standard, requirement, title, explanation } = this.check;
    return {
      id,
      standard,
      requirement,
      title,
      status: statusOf(this.#population, this.#failures),
      population: this.#population,
      failures: this.#failures,
      samples: [...this.#broken, ...this.#good]
        .slice(0, samplesMax)
        .map(({ index, eventId, leafHash }) => ({ index, eventId, leafHash })),
      explanation,
    };
  }
}

function statusOf(population: number, failures: number): CheckStatus {
  if (population === 0) return 'not_applicable';
  return failures === 0 ? 'pass' : 'fail';
}
