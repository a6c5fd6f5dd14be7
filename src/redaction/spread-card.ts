import { passesLuhn } from './card-number.js';
import type { Finding } from './redaction.js';
import type { Scan } from './scan.js';

/** Between two groups of a number that is told in a sentence: "first 4000, then 0000, …". */
const GAP_TOKENS_MAX = 10;
const GAP_CHARACTERS_MAX = 40;
const SHAPES = [
  [4, 4, 4, 4],
  [4, 6, 5],
  [4, 6, 4],
];
/** First digits of payment cards; groups of four that begin otherwise are years, times or amounts. */
const ISSUER = /^(?:4|5[0-8]|2[2-7]|3[0-9]|6|81|82|9792)/;

function nextGroup(scan: Scan, from: number): number | null {
  const begins = scan.at(from - 1).end;
  for (let index = from; index < from + GAP_TOKENS_MAX; index += 1) {
    const token = scan.at(index);
    if (token.kind === 'end' || token.start - begins > GAP_CHARACTERS_MAX) return null;
    if (token.kind === 'digits') {
      if (token.end - token.start >= 4) return index;
      // An ordinal or a counter may stand between ("2nd: 0000"), a price or a day may not.
      if (token.end - token.start > 1) return null;
    } else if (token.kind === 'mark' && /^[$€£¥%]$/.test(scan.lower(token))) {
      return null;
    }
  }
  return null;
}

function cardOf(scan: Scan, first: number, shape: readonly number[]): Finding | null {
  const { start } = scan.at(first);
  let digits = '';
  let index = first;
  for (const [position, size] of shape.entries()) {
    const next = position === 0 ? first : nextGroup(scan, index + 1);
    if (next === null) return null;
    index = next;
    const group = scan.at(index);
    if (group.kind !== 'digits' || group.end - group.start !== size) return null;
    digits += scan.text(group.start, group.end);
  }
  if (!ISSUER.test(digits) || !passesLuhn(digits) || /^(?:(?:19|20)\d\d){4}$/.test(digits))
    return null;
  return { kind: 'card-number', start, end: scan.at(index).end, digits };
}

/** Finds card numbers whose groups stand apart in a sentence, in the shapes that are printed on cards. */
export function findSpreadCards(scan: Scan): Finding[] {
  const found: Finding[] = [];
  for (let index = 0; index < scan.length; index += 1) {
    const { kind, start, end } = scan.at(index);
    if (kind !== 'digits' || end - start !== 4) continue;
    for (const shape of SHAPES) {
      const card = cardOf(scan, index, shape);
      if (card !== null) found.push(card);
    }
  }
  return found;
}
