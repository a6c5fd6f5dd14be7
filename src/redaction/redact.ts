import { findCards } from './card-number.js';
import { findIbans } from './iban.js';
import { findKeyMaterial } from './key-material.js';
import { findNationalIds } from './national-id.js';
import type { Finding, RedactedText, Redaction, RedactionKind } from './redaction.js';
import { Scan } from './scan.js';
import { findSeedPhrases } from './seed-phrase.js';
import { findSpokenSecrets } from './spoken-secret.js';

/** Where finds overlap, the first of these names the whole stretch. */
const PRECEDENCE: readonly RedactionKind[] = [
  'private-key',
  'access-token',
  'seed-phrase',
  'iban',
  'card-number',
  'ssn',
  'itin',
  'cvv',
  'one-time-code',
  'pin',
  'password',
];

const LAST_DIGITS = 4;

/** Placeholders of an earlier pass; they are left alone, so that a second pass changes nothing. */
const PLACEHOLDER = new RegExp(
  `\\[(?:card \\*{4}\\d{4}|(?:${PRECEDENCE.join('|')}) removed)\\]`,
  'g',
);

function placeholder(finding: Finding): string {
  return finding.kind === 'card-number' && finding.digits !== undefined
    ? `[card ****${finding.digits.slice(-LAST_DIGITS)}]`
    : `[${finding.kind} removed]`;
}

function byPlace(one: Finding, other: Finding): number {
  return one.start - other.start || other.end - one.end;
}

function stronger(one: Finding, other: Finding): Finding {
  return PRECEDENCE.indexOf(one.kind) <= PRECEDENCE.indexOf(other.kind) ? one : other;
}

/** Joins overlapping finds into one stretch: nothing that any recogniser saw is left standing. */
function withoutOverlap(findings: Finding[]): Finding[] {
  const joined: Finding[] = [];
  for (const finding of findings.toSorted(byPlace)) {
    const last = joined.at(-1);
    if (last === undefined || finding.start >= last.end) {
      joined.push(finding);
    } else {
      const end = Math.max(last.end, finding.end);
      joined[joined.length - 1] = { ...stronger(last, finding), start: last.start, end };
    }
  }
  return joined;
}

function placeholdersIn(text: string): Finding[] {
  return [...text.matchAll(PLACEHOLDER)].map((match) => ({
    kind: 'password',
    start: match.index,
    end: match.index + match[0].length,
  }));
}

function findAll(scan: Scan): Finding[] {
  const ibans = findIbans(scan);
  const cards = findCards(scan).filter((card) => !overlaps(card, ibans));
  const all = [
    ...ibans,
    ...cards,
    ...findNationalIds(scan),
    ...findKeyMaterial(scan),
    ...findSeedPhrases(scan),
    ...findSpokenSecrets(scan, cards),
  ];
  const settled = placeholdersIn(scan.folded.text);
  return settled.length === 0 ? all : all.filter((finding) => !within(finding, settled));
}

/** The last of some ascending stretches that begins at or before a place, by bisection. */
function lastFrom(stretches: readonly Finding[], place: number): Finding | undefined {
  let low = 0;
  let high = stretches.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((stretches[middle]?.start ?? 0) <= place) low = middle + 1;
    else high = middle;
  }
  return stretches[low - 1];
}

/** Only what lies within a placeholder is settled; a find that reaches beyond it still counts. */
function within(finding: Finding, settled: readonly Finding[]): boolean {
  const around = lastFrom(settled, finding.start);
  return around !== undefined && finding.end <= around.end;
}

/** The digits of an IBAN may also pass for a card number; the account number is the truer name. */
function overlaps(card: Finding, ibans: readonly Finding[]): boolean {
  const before = lastFrom(ibans, card.end - 1);
  return before !== undefined && before.end > card.start;
}

function rewrite(text: string, scan: Scan, findings: readonly Finding[]): RedactedText {
  const pieces: string[] = [];
  const redactions: Redaction[] = [];
  let from = 0;
  let length = 0;
  for (const finding of findings) {
    const kept = text.slice(from, scan.folded.originAt(finding.start));
    const instead = placeholder(finding);
    pieces.push(kept, instead);
    length += kept.length;
    redactions.push({ kind: finding.kind, start: length, end: length + instead.length });
    length += instead.length;
    from = scan.folded.originEnd(finding.end - 1);
  }
  pieces.push(text.slice(from));
  return { text: pieces.join(''), redactions };
}

/**
 * Takes payment data and secrets out of a text before anything else sees it (PCI DSS v4.0.1, 3.3.1
 * and 3.4.1: authentication data never kept, a card number shortened to its last four digits).
 * Never throws; takes time in proportion to the length. A second pass changes nothing.
 */
export function redact(text: string): RedactedText {
  const scan = new Scan(text);
  return rewrite(text, scan, withoutOverlap(findAll(scan)));
}

/**
 * Answers the full card numbers of a text as plain ASCII digits, each once, for matching by a
 * keyed token in memory. The caller may neither store nor log them.
 */
export function findCardNumbers(text: string): string[] {
  const digits = findCards(new Scan(text)).flatMap((card) => card.digits ?? []);
  return [...new Set(digits)];
}

/** Counts the looks that a redaction takes: the measure by which linear time is tested. */
export function countSteps(text: string): number {
  const scan = new Scan(text);
  findAll(scan);
  return scan.steps;
}
