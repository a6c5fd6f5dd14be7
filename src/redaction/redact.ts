import { findCards } from './card-number.js';
import { findCryptoAddresses } from './crypto-address.js';
import { findEmailAddresses } from './email-address.js';
import type { FoldedText } from './fold-text.js';
import { findIbans } from './iban.js';
import { findKeyMaterial } from './key-material.js';
import { findNamedNumbers } from './named-number.js';
import { findNationalIds } from './national-id.js';
import { findPhoneNumbers } from './phone-number.js';
import {
  personalKinds,
  redactionKinds,
  secretKinds,
  type Finding,
  type RedactedText,
  type Redaction,
  type RedactionKind,
  type RedactionPolicy,
} from './redaction.js';
import { Scan } from './scan.js';
import { findSeedPhrases } from './seed-phrase.js';
import { findSpokenSecrets } from './spoken-secret.js';
import { findSpreadCards } from './spread-card.js';
import { foldLookalikes, foldMarkup } from './view.js';

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
  'crypto-address',
  'email-address',
  'routing-number',
  'passport-number',
  'driving-licence-number',
  'phone-number',
  'bank-account-number',
];

const LAST_DIGITS = 4;
/** Of sixteen digits eight may be shown, of fewer only six (PCI DSS v4.0.1, 3.4.1); six suit every length. */
const ISSUER_DIGITS = 6;

/** Placeholders of an earlier pass; they are left alone, so that a second pass changes nothing. */
const PLACEHOLDER = new RegExp(
  `\\[(?:card (?:\\d{6})?\\*{4}\\d{4}|(?:${PRECEDENCE.join('|')}) removed)\\]`,
  'g',
);

function placeholder({ kind, digits }: Finding, keep: RedactionPolicy['keep']): string {
  if (kind !== 'card-number' || digits === undefined || keep === 'nothing') {
    return `[${kind} removed]`;
  }
  const issuer = keep === 'bin-and-last-four' ? digits.slice(0, ISSUER_DIGITS) : '';
  return `[card ${issuer}****${digits.slice(-LAST_DIGITS)}]`;
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
  if (!text.includes('[')) return [];
  return [...text.matchAll(PLACEHOLDER)].map((match) => ({
    kind: 'password',
    start: match.index,
    end: match.index + match[0].length,
  }));
}

const PERSONAL: ReadonlySet<RedactionKind> = new Set(personalKinds);

/** Finds of the wanted kinds. Recognisers of personal kinds run only where one of them is asked for. */
function findAll(scan: Scan, kinds: readonly RedactionKind[]): Finding[] {
  const ibans = findIbans(scan);
  const cards = [...findCards(scan), ...findSpreadCards(scan)].filter(
    (card) => !overlaps(card, ibans),
  );
  const all = [
    ...ibans,
    ...cards,
    ...findNationalIds(scan),
    ...findKeyMaterial(scan),
    ...findSeedPhrases(scan),
    ...findSpokenSecrets(scan, cards),
    ...(kinds.some((kind) => PERSONAL.has(kind)) ? findPersonal(scan) : []),
  ].filter(({ kind }) => kinds.includes(kind));
  const settled = placeholdersIn(scan.folded.text);
  return settled.length === 0 ? all : all.filter((finding) => !within(finding, settled));
}

function findPersonal(scan: Scan): Finding[] {
  return [
    ...findPhoneNumbers(scan),
    ...findEmailAddresses(scan),
    ...findCryptoAddresses(scan),
    ...findNamedNumbers(scan),
  ];
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

/** A stretch of a text, in UTF-16 units, that something stands in for. */
interface Replacement {
  readonly kind: RedactionKind;
  readonly from: number;
  readonly to: number;
  readonly instead: string;
}

/** What one look at a text finds, in the text's own places. */
function replacements(view: string | FoldedText, policy: RedactionPolicy): Replacement[] {
  const scan = new Scan(view);
  const findings = withoutOverlap(findAll(scan, policy.kinds ?? secretKinds));
  return findings.map((finding) => ({
    kind: finding.kind,
    from: scan.folded.originAt(finding.start),
    to: scan.folded.originEnd(finding.end - 1),
    instead: placeholder(finding, policy.keep),
  }));
}

/** Puts placeholders in; those of an earlier pass move along, or are swallowed by a longer stretch. */
export function rewrite(
  { text, redactions }: RedactedText,
  replaced: readonly Replacement[],
): RedactedText {
  const pieces: string[] = [];
  const spans: Redaction[] = [];
  let from = 0;
  let shift = 0;
  let earlier = 0;
  const moveUntil = (place: number): void => {
    for (; (redactions[earlier]?.start ?? Infinity) < place; earlier += 1) {
      const { kind, start, end } = redactions[earlier] as Redaction;
      if (start >= from) spans.push({ kind, start: start + shift, end: end + shift });
    }
  };
  for (const { kind, from: start, to, instead } of replaced) {
    moveUntil(start);
    pieces.push(text.slice(from, start), instead);
    spans.push({ kind, start: start + shift, end: start + shift + instead.length });
    shift += instead.length - (to - start);
    from = to;
  }
  moveUntil(text.length);
  pieces.push(text.slice(from));
  return { text: pieces.join(''), redactions: spans };
}

/** Numbers with a checksum: only these are believed where letters had to be read as digits. */
const CHECKED: readonly RedactionKind[] = ['card-number', 'ssn', 'itin', 'iban'];

/**
 * Looks at the text as it is displayed, where that differs; where this shows nothing, as it is
 * written; and at last with letters read as digits.
 */
export function firstSeen(text: string, policy: RedactionPolicy): Replacement[] {
  const displayed = foldMarkup(text);
  const shown = displayed === null ? [] : replacements(displayed, policy);
  if (shown.length > 0) return shown;
  const written = replacements(text, policy);
  if (written.length > 0) return written;
  const digits = foldLookalikes(text);
  if (digits === null) return [];
  const kinds = CHECKED.filter((kind) => policy.kinds?.includes(kind) ?? true);
  return replacements(digits, { ...policy, kinds });
}

/** What a placeholder takes out of its surroundings may uncover a neighbour; more rounds uncover nothing. */
const PASSES_MAX = 5;

/**
 * Takes payment data and secrets out of a text before anything else sees it (PCI DSS v4.0.1, 3.3.1
 * and 3.4.1: authentication data never kept, a card number shortened to its last four digits).
 * Never throws; takes time in proportion to the length. A second pass changes nothing. Without a
 * policy it takes out {@link secretKinds} and keeps the last four digits of a card.
 */
export function redact(text: string, policy: RedactionPolicy = {}): RedactedText {
  let redacted: RedactedText = { text, redactions: [] };
  for (let pass = 0; pass < PASSES_MAX; pass += 1) {
    const replaced = firstSeen(redacted.text, policy);
    if (replaced.length === 0) break;
    redacted = rewrite(redacted, replaced);
  }
  return redacted;
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
  findAll(scan, redactionKinds);
  return scan.steps;
}
