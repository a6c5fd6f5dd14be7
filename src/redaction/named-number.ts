import type { Finding, RedactionKind } from './redaction.js';
import { touchesWord, type Scan } from './scan.js';

/** What names a number, and how the number is written; both bounded, so that a look costs the same anywhere. */
interface NamedNumber {
  readonly kind: RedactionKind;
  readonly cue: RegExp;
  readonly isValue: (written: string) => boolean;
}

const BRIDGE =
  /^(?:is|was|are|my|the|a|for|no|nr|num|number|numbers|nummer|número|numero|it|its|s|in|of|to|and|be|ist|lautet|es|est|le|la|el|der|die|code|id|us|usa|u|uk|eu|german|transit|checking|savings|current|bank|account|acct|new|old|here|that|ending|as|follows|reads|issued|card|driver|drivers|driving)$/;
const VALUE_CHARACTERS_MAX = 80;
const WORDS_MAX = 9;

const digitsOf = (written: string): string => written.replace(/\D/g, '');

/** The checksum of a routing transit number (American Bankers Association): weights 3, 7, 1. */
export function passesRoutingCheck(digits: string): boolean {
  const weights = [3, 7, 1];
  const sum = Array.from(digits, (digit, index) => Number(digit) * (weights[index % 3] ?? 0));
  return digits.length === 9 && sum.reduce((total, part) => total + part, 0) % 10 === 0;
}

const NAMED: readonly NamedNumber[] = [
  {
    kind: 'routing-number',
    cue: /(?<![\p{L}\d])(?:routing|aba|rtn|transit number)(?!\p{L})/gu,
    isValue: (written) => passesRoutingCheck(digitsOf(written)),
  },
  {
    kind: 'bank-account-number',
    cue: /(?<![\p{L}\d])(?:account|acct|a\/c|acc (?:no|number)|kontonummer|konto|cuenta|compte)(?!\p{L})/gu,
    isValue: (written) => /^\d{7,17}$/.test(digitsOf(written)) && !/\p{L}/u.test(written),
  },
  {
    kind: 'passport-number',
    cue: /(?<![\p{L}\d])(?:passport|reisepass|pasaporte|passeport|passaporto)(?:nummer)?(?!\p{L})/gu,
    isValue: (written) =>
      /^[a-z]{0,3}\d[a-z\d]{4,9}$/.test(bare(written)) && digitsIn(written) >= 4,
  },
  {
    kind: 'driving-licence-number',
    cue: /(?<![\p{L}\d])(?:driv(?:er'?s?|ing|er’s) ?licen[cs]e|licen[cs]e (?:number|no|#)|\bdln?\b ?(?:number|no|#)|führerschein(?:nummer)?|licencia de conducir|permis de conduire)(?!\p{L})/gu,
    isValue: (written) => /^[a-z\d]{6,18}$/.test(bare(written)) && digitsIn(written) >= 5,
  },
];

const bare = (written: string): string => written.replace(/[\s\-./]/g, '');
const digitsIn = (written: string): number => digitsOf(written).length;

/** The first word after the cue that holds a digit, joined with the groups that follow it. */
const PIECE = /[^\s:#=,;()"?!]+/g;
const MORE_GROUPS = /^(?:[ \-]{1,3}[a-z]{0,2}\d[a-z\d]{0,9}(?![\p{L}\d])){0,5}/u;

function valueAfter(scan: Scan, from: number, { kind, isValue }: NamedNumber): Finding | null {
  const window = scan.lowerText(from, from + VALUE_CHARACTERS_MAX);
  scan.steps += window.length;
  let words = 0;
  for (const { 0: raw, index } of window.matchAll(PIECE)) {
    const word = raw.replace(/[.'’]{1,4}$/, '');
    if (!/\d/.test(word)) {
      words += 1;
      if (words > WORDS_MAX || !BRIDGE.test(word.replace(/^[.\-'’]{1,4}/, ''))) return null;
      continue;
    }
    const start = from + index;
    const more = MORE_GROUPS.exec(window.slice(index + word.length))?.[0] ?? '';
    const value = [word + more, word].find(isValue);
    if (value === undefined || touchesWord(scan, start + value.length)) return null;
    return { kind, start, end: start + value.length };
  }
  return null;
}

/** Finds numbers that only the words before them give away: bank accounts, passports, driving licences. */
export function findNamedNumbers(scan: Scan): Finding[] {
  const found: Finding[] = [];
  for (const named of NAMED) {
    for (const { 0: cue, index } of scan.folded.lower.matchAll(named.cue)) {
      const finding = valueAfter(scan, index + cue.length, named);
      if (finding !== null) found.push(finding);
    }
  }
  return found;
}
