import { canonicalJson } from '../ledger/index.js';
import { type Check, type CheckResult, type Evidence, RunningCheck } from './checks/check.js';
import { gdprChecks } from './checks/gdpr.js';
import { pciDssChecks } from './checks/pci-dss.js';
import { soc2Checks } from './checks/soc2.js';
import type { AssurancePolicy } from '../policy/index.js';
import { DeviationCount } from './deviations.js';
import { evidenceNotice, type ReportContent, verdictOf } from './report-content.js';

export const allChecks: readonly Check[] = [...pciDssChecks, ...soc2Checks, ...gdprChecks];

/** Counts what a reader of the log would count by hand. */
class Figures {
  #events = 0;
  readonly #byType = new Map<string, number>();
  readonly #byOutcome = new Map<string, number>();
  #disclosures = 0;
  #first: number | null = null;
  #last: number | null = null;

  look({ index, event }: Evidence): void {
    this.#events += 1;
    this.#first ??= index;
    this.#last = index;
    this.#byType.set(event.type, (this.#byType.get(event.type) ?? 0) + 1);
    this.#byOutcome.set(event.outcome, (this.#byOutcome.get(event.outcome) ?? 0) + 1);
    if (event.type.endsWith('_disclosed') && event.outcome === 'success') this.#disclosures += 1;
  }

  get range(): { firstIndex: number | null; lastIndex: number | null } {
    return { firstIndex: this.#first, lastIndex: this.#last };
  }

  result(): ReportContent['figures'] {
    const count = (type: string): number => this.#byType.get(type) ?? 0;
    return {
      events: this.#events,
      byType: sorted(this.#byType),
      byOutcome: sorted(this.#byOutcome),
      disclosures: this.#disclosures,
      refusals: this.#byOutcome.get('refused') ?? 0,
      verificationsSucceeded: count('verification.verified'),
      verificationsFailed: count('verification.challenge_failed'),
      fraudReports: count('fraud.reported'),
      disputesOpened: count('dispute.opened'),
      messagesAnswered: count('conversation.message_answered'),
    };
  }
}

function sorted(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

export interface ReportRequest {
  readonly id: string;
  readonly standards: readonly string[];
  readonly period: ReportContent['period'];
  readonly computedAt: string;
  readonly log: Omit<ReportContent['log'], 'firstIndex' | 'lastIndex'>;
  /** As it holds when the report is computed. */
  readonly assurance: Pick<AssurancePolicy, 'intents'>;
}

/**
 * Computes a report from evidence: pure, one pass, constant memory. The same log up to the same
 * checkpoint gives the same figures.
 */
export async function computeReport(
  request: ReportRequest,
  evidence: AsyncIterable<Evidence>,
): Promise<{ content: ReportContent; text: string }> {
  const figures = new Figures();
  const deviations = new DeviationCount(request.assurance);
  const running = allChecks
    .filter(({ standard }) => request.standards.includes(standard))
    .map((check) => new RunningCheck(check));
  for await (const piece of evidence) {
    figures.look(piece);
    deviations.look(piece);
    for (const check of running) check.look(piece);
  }
  const results = running.map((check) => check.result());
  const content: ReportContent = {
    id: request.id,
    standards: request.standards,
    period: request.period,
    computedAt: request.computedAt,
    log: { ...request.log, ...figures.range },
    figures: figures.result(),
    deviations: deviations.result(),
    sections: request.standards.map((standard) => section(standard, results)),
    notice: evidenceNotice,
  };
  return { content, text: canonicalJson(content) };
}

function section(
  standard: string,
  results: readonly CheckResult[],
): ReportContent['sections'][number] {
  const checks = results.filter((result) => result.standard === standard);
  return { standard, verdict: verdictOf(checks), checks };
}
