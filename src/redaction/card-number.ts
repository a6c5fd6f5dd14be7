import type { Finding } from './redaction.js';
import type { Scan, Token } from './scan.js';

/** Primary account numbers have 12 to 19 digits (ISO/IEC 7812-1; 12 and 13 only on old schemes). */
const DIGITS_MIN = 12;
const DIGITS_MAX = 19;
/** A gap between two groups of one number: marks, spaces, line breaks, quoting, one filler word. */
const GAP_TOKENS_MAX = 8;
const GAP_CHARACTERS_MAX = 14;
const CONTEXT_CHARACTERS = 48;
/** A country code and subscriber number have at most 15 digits (ITU-T E.164); 14 and 15 are rare. */
const PHONE_DIGITS_MAX = 13;

interface Group {
  readonly digits: string;
  readonly start: number;
  readonly end: number;
}

interface IssuerRange {
  readonly from: number;
  readonly to: number;
  readonly lengths: readonly number[];
}

const FROM_14 = [16, 14, 15, 17, 18, 19];
const FROM_16 = [16, 19, 18, 17];
const MAESTRO = [16, 19, 18, 17, 15, 14, 13, 12];
/** Issuer identification ranges, first four digits; lengths in the order they are tried. */
const ISSUERS: readonly IssuerRange[] = [
  { from: 4000, to: 4999, lengths: [16, 13, 19, 18] },
  { from: 5100, to: 5599, lengths: [16] },
  { from: 2221, to: 2720, lengths: [16] },
  { from: 3400, to: 3499, lengths: [15] },
  { from: 3700, to: 3799, lengths: [15] },
  { from: 3000, to: 3059, lengths: FROM_14 },
  { from: 3095, to: 3095, lengths: FROM_14 },
  { from: 3600, to: 3699, lengths: FROM_14 },
  { from: 3800, to: 3999, lengths: FROM_14 },
  { from: 3528, to: 3589, lengths: FROM_16 },
  { from: 2200, to: 2204, lengths: FROM_16 },
  { from: 5000, to: 5099, lengths: MAESTRO },
  { from: 5600, to: 5899, lengths: MAESTRO },
  { from: 6000, to: 6999, lengths: MAESTRO },
  { from: 8100, to: 8299, lengths: FROM_16 },
  { from: 9792, to: 9792, lengths: [16] },
  { from: 1000, to: 1099, lengths: [15] },
];
const ALL_LENGTHS = [16, 15, 19, 14, 13, 18, 17, 12];

const CARD_CONTEXT =
  /card|visa|master|amex|american express|discover|maestro|\bpan\b|debit|credit|diners|jcb|unionpay|tarjeta|karte|carte|kreditk/;
const OTHER_CONTEXT =
  /order|track|parcel|shipment|invoice|ticket|\bref|\bcase\b|phone|mobile|\btel\b|\bcall\b|booking|confirmation|serial|\bimei\b|\bean\b|\bisbn\b|barcode|model/;
/** Words said between the groups of a number that is read aloud or written around a filter. */
const FILLER =
  /^(?:then|and|dash|hyphen|space|dot|point|slash|minus|guion|espacio|punto|strich|punkt|nbsp|br|b|i|span|next|amp|x)$/;

/** The check digit of ISO/IEC 7812-1 annex B. */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 48;
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

function issuerLengths(digits: string): readonly number[] {
  const prefix = Number(digits.slice(0, 4));
  return ISSUERS.find((range) => prefix >= range.from && prefix <= range.to)?.lengths ?? [];
}

/** Finds where the next group of the same chain starts; the token index, or null where the chain ends. */
function nextGroup(scan: Scan, from: number): number | null {
  for (let index = from; index < from + GAP_TOKENS_MAX; index += 1) {
    const token = scan.at(index);
    if (token.kind === 'end') return null;
    if (token.start - scan.at(from).start > GAP_CHARACTERS_MAX) return null;
    if (token.kind === 'digits') return index;
    if (token.kind === 'word' && !FILLER.test(scan.lower(token))) return null;
  }
  return null;
}

function asGroup(scan: Scan, token: Token): Group {
  return { digits: scan.text(token.start, token.end), start: token.start, end: token.end };
}

function readChain(scan: Scan, first: number): { groups: Group[]; next: number } {
  const groups: Group[] = [asGroup(scan, scan.at(first))];
  let index: number = first;
  for (;;) {
    const following = nextGroup(scan, index + 1);
    if (following === null) return { groups, next: index + 1 };
    groups.push(asGroup(scan, scan.at(following)));
    index = following;
  }
}

/** Four by four, 4-6-5, 4-6-4, or groups all alike but the last: how people write a card number. */
function looksLikeCard(groups: readonly Group[]): boolean {
  const shape = groups.map((group) => group.digits.length);
  if (shape.length === 1) return true;
  if (shape[0] === 4 && shape[1] === 6) return shape.length === 3;
  const size = shape[0] ?? 0;
  return shape.slice(0, -1).every((length) => length === size) && (shape.at(-1) ?? 0) <= size + 3;
}

interface Candidate {
  readonly scan: Scan;
  readonly groups: readonly Group[];
  readonly digits: string;
  readonly wholeChain: boolean;
}

/** A short number after "order" or a plus sign is an order or a telephone, unless cards are spoken of. */
function isSomethingElse(scan: Scan, start: number): boolean {
  const before = scan.lowerText(start - CONTEXT_CHARACTERS, start);
  return /\+\s?\(?$/.test(before) || OTHER_CONTEXT.test(before.slice(-24));
}

function isCardNumber({ scan, groups, digits, wholeChain }: Candidate): boolean {
  const start = groups[0]?.start ?? 0;
  if (!passesLuhn(digits) || /^(\d)\1*$/.test(digits)) return false;
  const spokenOf = CARD_CONTEXT.test(scan.lowerText(start - CONTEXT_CHARACTERS, start));
  if (!issuerLengths(digits).includes(digits.length)) {
    return spokenOf && looksLikeCard(groups) && digits.length >= DIGITS_MIN;
  }
  if (spokenOf) return looksLikeCard(groups) || wholeChain;
  if (digits.length <= PHONE_DIGITS_MAX)
    return groups.length === 1 && !isSomethingElse(scan, start);
  return looksLikeCard(groups) || (wholeChain && groups.length <= 5 && groups.every(notADatePart));
}

/** "2026-01-15 2026-01-16" has sixteen digits too. */
function notADatePart(group: Group): boolean {
  return !/^(?:19|20)\d\d$/.test(group.digits);
}

/** A run too long for one number: number, expiry and code, or two numbers, written without a gap. */
function splitRun(group: Group): Finding[] {
  for (const length of issuerLengths(group.digits)) {
    const head = group.digits.slice(0, length);
    const rest = group.digits.slice(length);
    const second = issuerLengths(rest).includes(rest.length) && passesLuhn(rest);
    if (!passesLuhn(head) || !(second || /^(?:0[1-9]|1[0-2])(?:20)?\d\d(?:\d{3,4})?$/.test(rest))) {
      continue;
    }
    const end = group.start + length;
    const card: Finding = { kind: 'card-number', start: group.start, end, digits: head };
    const tail = second ? { digits: rest, kind: 'card-number' } : { kind: 'cvv' };
    return [card, { ...tail, start: end, end: group.end } as Finding];
  }
  return [];
}

function cardAt(scan: Scan, groups: readonly Group[], first: number): Group[] | null {
  let digits = '';
  let best: Group[] | null = null;
  for (let last = first; last < groups.length && last < first + DIGITS_MAX; last += 1) {
    scan.steps += DIGITS_MAX;
    digits += groups[last]?.digits ?? '';
    if (digits.length > DIGITS_MAX) break;
    if (digits.length < DIGITS_MIN) continue;
    const window = groups.slice(first, last + 1);
    const wholeChain = first === 0 && last === groups.length - 1;
    if (!isCardNumber({ scan, groups: window, digits, wholeChain })) continue;
    const lengths = issuerLengths(digits);
    const rank = (lengths.length > 0 ? lengths : ALL_LENGTHS).indexOf(digits.length);
    if (best === null || rank === 0) best = window;
  }
  return best;
}

/** A run glued into a long hexadecimal or base-64 word is a digest, not a card. */
function insideDigest(scan: Scan, group: Group): boolean {
  const before = scan.lowerText(group.start - 8, group.start);
  const after = scan.lowerText(group.end, group.end + 8);
  return (
    /[a-f][a-f\d]*$/.test(before) && /^[a-f]/.test(after) && /^[a-f\d-]*$/.test(before + after)
  );
}

function cardsInChain(scan: Scan, groups: readonly Group[]): Finding[] {
  const found: Finding[] = [];
  for (let index = 0; index < groups.length;) {
    const group = groups[index];
    if (group === undefined) break;
    const window = insideDigest(scan, group) ? null : cardAt(scan, groups, index);
    if (window === null) {
      if (group.digits.length > DIGITS_MIN) found.push(...splitRun(group));
      index += 1;
      continue;
    }
    const digits = window.map((part) => part.digits).join('');
    found.push({ kind: 'card-number', start: group.start, end: window.at(-1)?.end ?? 0, digits });
    index += window.length;
  }
  return found;
}

/** Finds card numbers: Luhn, an issuer's prefix and length or talk of a card, and a plausible shape. */
export function findCards(scan: Scan): Finding[] {
  const found: Finding[] = [];
  for (let index = 0; index < scan.length;) {
    if (scan.at(index).kind !== 'digits') {
      index += 1;
      continue;
    }
    const { groups, next } = readChain(scan, index);
    found.push(...cardsInChain(scan, groups));
    index = next;
  }
  return found;
}
