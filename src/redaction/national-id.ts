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

/** Finds US social security and taxpayer numbers written in their three parts (3-2-4). */
export function findNationalIds(scan: Scan): Finding[] {
  const found: Finding[] = [];
  for (let index = 0; index < scan.length; index += 1) {
    const area = scan.at(index);
    if (area.kind !== 'digits' || area.end - area.start !== 3) continue;
    const second = partAfter(scan, index);
    const third = second === null ? null : partAfter(scan, second);
    if (second === null || third === null) continue;
    const group = scan.at(second);
    const serial = scan.at(third);
    if (group.end - group.start !== 2 || serial.end - serial.start !== 4) continue;
    if (isPartOfMore(scan, area, serial)) continue;
    const parts = [area, group, serial].map((token) => digitsOf(scan, token));
    const [areaDigits = '', groupDigits = '', serialDigits = ''] = parts;
    const span = { start: area.start, end: serial.end };
    if (isTaxpayerNumber(areaDigits, groupDigits)) found.push({ kind: 'itin', ...span });
    else if (isSocialSecurityNumber(areaDigits, groupDigits, serialDigits)) {
      found.push({ kind: 'ssn', ...span });
    }
  }
  return found;
}
