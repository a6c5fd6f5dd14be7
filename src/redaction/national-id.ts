import type { Finding } from './redaction.js';
import { touchesWord, type Scan, type Token } from './scan.js';

/** Marks and spaces between the parts of a number. */
const GAP_TOKENS_MAX = 3;

/** Serial, group and area that the Social Security Administration does not issue are not a number. */
function isSocialSecurityNumber(area: string, group: string, serial: string): boolean {
  return (
    area !== '000' && area !== '666' && !area.startsWith('9') && group !== '00' && serial !== '0000'
  );
}

/** An individual taxpayer identification number: area 9xx, group 50-65, 70-88, 90-92 or 94-99. */
function isTaxpayerNumber(area: string, group: string): boolean {
  const middle = Number(group);
  const issued = (middle >= 50 && middle <= 65) || (middle >= 70 && middle <= 99);
  return area.startsWith('9') && issued && middle !== 89 && middle !== 93;
}

/** The next digits token over a gap of spaces and marks that do not end a sentence. */
function partAfter(scan: Scan, index: number): number | null {
  for (let next = index + 1; next <= index + GAP_TOKENS_MAX + 1; next += 1) {
    const token = scan.at(next);
    if (token.kind === 'digits') return next === index + 1 ? null : next;
    const joins = token.kind === 'space' || /^[-./_,:*|]$/.test(scan.lower(token));
    if (!joins) return null;
  }
  return null;
}

function digitsOf(scan: Scan, token: Token): string {
  return scan.text(token.start, token.end);
}

function isPartOfMore(scan: Scan, first: Token, last: Token): boolean {
  if (touchesWord(scan, first.start - 1) || touchesWord(scan, last.end)) return true;
  return (
    /\d[-./]$/.test(scan.text(first.start - 2, first.start)) ||
    /^[-./]\d/.test(scan.text(last.end, last.end + 2))
  );
}

/** The token after one joining hyphen or dot; "12345-6789", "123-456789". */
function joined(scan: Scan, index: number): Token | null {
  const gap = scan.lower(scan.at(index + 1));
  const next = scan.at(index + 2);
  return (gap === '-' || gap === '.') && next.kind === 'digits' ? next : null;
}

/** Nine digits with one of the two joints: 5-4 unless a place stands before it (a ZIP+4 code), or 3-6. */
function inTwoParts(scan: Scan, index: number): Finding | null {
  const first = scan.at(index);
  const second = joined(scan, index);
  if (second === null || isPartOfMore(scan, first, second)) return null;
  const digits = digitsOf(scan, first) + digitsOf(scan, second);
  if (digits.length !== 9) return null;
  const before = scan.lowerText(first.start - 16, first.start);
  const isPlace = /(?:zip|postal|code|\b[a-z]{2}),?[\s:]{1,3}$/.test(before);
  const isFiveFour = first.end - first.start === 5 && !isPlace;
  return isFiveFour || first.end - first.start === 3
    ? asNumber(digits, { start: first.start, end: second.end })
    : null;
}

function asNumber(digits: string, span: { start: number; end: number }): Finding | null {
  const [area, group, serial] = [digits.slice(0, 3), digits.slice(3, 5), digits.slice(5)];
  if (isTaxpayerNumber(area, group)) return { kind: 'itin', ...span };
  return isSocialSecurityNumber(area, group, serial) ? { kind: 'ssn', ...span } : null;
}

function inThreeParts(scan: Scan, index: number): Finding | null {
  const area = scan.at(index);
  const second = partAfter(scan, index);
  const third = second === null ? null : partAfter(scan, second);
  if (second === null || third === null || area.end - area.start !== 3) return null;
  const group = scan.at(second);
  const serial = scan.at(third);
  if (group.end - group.start !== 2 || serial.end - serial.start !== 4) return null;
  if (isPartOfMore(scan, area, serial)) return null;
  const digits = [area, group, serial].map((token) => digitsOf(scan, token)).join('');
  return asNumber(digits, { start: area.start, end: serial.end });
}

/** Finds US social security and taxpayer numbers in their three parts (3-2-4), or with one joint left out. */
export function findNationalIds(scan: Scan): Finding[] {
  const found: Finding[] = [];
  for (let index = 0; index < scan.length; index += 1) {
    const { kind, start, end } = scan.at(index);
    if (kind !== 'digits' || (end - start !== 3 && end - start !== 5)) continue;
    const finding = inThreeParts(scan, index) ?? inTwoParts(scan, index);
    if (finding !== null) found.push(finding);
  }
  return found;
}
