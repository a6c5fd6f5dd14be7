import type { CheckResult } from './checks/check.js';

/** A rule of the policy that accepts less than a standard asks for. */
export interface Deviation {
  /** Id of the rule; events that it permitted name it. */
  readonly rule: string;
  readonly from: string;
  readonly explanation: string;
  readonly inForce: boolean;
  /** Events of the period that were permitted by it. */
  readonly uses: number;
}

/** What a report says. Every figure recomputes from the log up to the named checkpoint. */
export interface ReportContent {
  readonly id: string;
  readonly standards: readonly string[];
  readonly period: { readonly from: string; readonly to: string };
  readonly computedAt: string;
  /** The log as it stood: `note` is the signed checkpoint. */
  readonly log: {
    readonly origin: string;
    readonly treeSize: number;
    readonly rootHash: string;
    readonly note: string;
    readonly firstIndex: number | null;
    readonly lastIndex: number | null;
  };
  readonly figures: {
    readonly events: number;
    readonly byType: Readonly<Record<string, number>>;
    readonly byOutcome: Readonly<Record<string, number>>;
    readonly disclosures: number;
    readonly refusals: number;
    readonly verificationsSucceeded: number;
    readonly verificationsFailed: number;
    readonly fraudReports: number;
    readonly disputesOpened: number;
    readonly messagesAnswered: number;
  };
  /** Where policy accepts less than a standard asks for: what holds now, and what was done by it in the period. */
  readonly deviations: readonly Deviation[];
  readonly sections: readonly {
    readonly standard: string;
    /** Never "compliant": what was found, and what is left to a person. */
    readonly verdict: string;
    readonly checks: readonly CheckResult[];
  }[];
  readonly notice: string;
}

export const evidenceNotice =
  'This report gives evidence computed from the audit log. It is no opinion on compliance.';

/** States what the checks found, without claiming more (SOC 2: evidence, never the opinion). */
export function verdictOf(checks: readonly CheckResult[]): string {
  const failed = checks.filter(({ status }) => status === 'fail').length;
  const idle = checks.filter(({ status }) => status === 'not_applicable').length;
  const found =
    failed === 0 ? 'no failed automated check' : `${String(failed)} failed automated checks`;
  return `${found}; ${String(idle)} without evidence in the period`;
}

/** The report as CSV (RFC 4180): one line a figure or check. */
export function reportCsv(content: ReportContent): string {
  const rows: (readonly (string | number)[])[] = [
    ['section', 'id', 'requirement', 'title', 'status', 'population', 'failures'],
    ['log', 'tree_size', '', content.log.rootHash, '', content.log.treeSize, ''],
  ];
  for (const [name, value] of Object.entries(content.figures)) {
    if (typeof value === 'number') rows.push(['figures', name, '', '', '', value, '']);
  }
  for (const [type, count] of Object.entries(content.figures.byType)) {
    rows.push(['events', type, '', '', '', count, '']);
  }
  for (const { rule, from, inForce, uses } of content.deviations) {
    rows.push(['deviations', rule, from, '', inForce ? 'in force' : 'ended', uses, '']);
  }
  for (const { checks } of content.sections) {
    for (const check of checks) {
      const { standard, id, requirement, title, status, population, failures } = check;
      rows.push([standard, id, requirement, title, status, population, failures]);
    }
  }
  return rows.map((row) => row.map(csvField).join(',') + '\r\n').join('');
}

/** Quotes what RFC 4180 §2 wants quoted, and disarms what a spreadsheet would run as a formula. */
function csvField(value: string | number): string {
  const text = typeof value === 'number' ? String(value) : value.replace(/^([=+\-@\t\r])/, "'$1");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
