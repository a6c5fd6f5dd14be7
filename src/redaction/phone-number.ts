import { parsePhoneNumberFromString } from 'libphonenumber-js/core';
import numberingPlans from 'libphonenumber-js/min/metadata';

import type { Finding } from './redaction.js';
import { touchesWord, type Scan } from './scan.js';

/** A subscriber number has at least seven digits, with the country at most fifteen (ITU-T E.164). */
const DIGITS_MIN = 7;
const DIGITS_MAX = 15;
const GROUPS_MAX = 7;
const CONTEXT_CHARACTERS = 40;
const GAP = /^(?:[\s.\-/()·]{1,3}|\(0\)|\s?\(0\)\s?)$/;
const CONTEXT =
  /phone|mobile|\bcell|\btel\b|telefon|teléfono|telefono|handy|\bcall|\btext(?:ed)? me|whatsapp|\bsms\b|reach me|\bring\b|\bfax\b|\bmóvil|portable|contact (?:me|number)|\bmy (?:[a-z]{2} )?number is|téléphone/;
const OTHER_CONTEXT =
  /order|track|parcel|shipment|invoice|ticket|\bref|\bcase\b|booking|confirmation|serial|\bimei\b|\bean\b|\bisbn\b|barcode|model|customer|account|routing|\bzip|\btransaction|receipt|\bid\b|amount/;
/** North American numbers as people write them: area, exchange, line. */
const AMERICAN = /^(?:1\D{1,3})?\(?\d{3}\)?\D{1,3}\d{3}\D{1,3}\d{4}$/;

interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly next: number;
}

/** Groups of digits over short gaps, as many as one number may have. */
function stretchFrom(scan: Scan, first: number): Stretch {
  let { start, end } = scan.at(first);
  let digits = end - start;
  let next = first + 1;
  for (let groups = 1, index = first + 1; groups < GROUPS_MAX && index < first + 24; index += 1) {
    const token = scan.at(index);
    if (token.kind === 'end' || token.kind === 'word') break;
    if (token.kind !== 'digits') continue;
    digits += token.end - token.start;
    if (digits > DIGITS_MAX || !GAP.test(scan.text(end, token.start))) break;
    end = token.end;
    next = index + 1;
    groups += 1;
  }
  const sign = /(?:\+\s?\(?|\()$/.exec(scan.text(start - 3, start))?.[0].length ?? 0;
  start -= sign;
  return { start, end, next };
}

function isPhoneNumber(scan: Scan, { start, end }: Stretch): boolean {
  const text = scan.text(start, end);
  const digits = text.replace(/\D/g, '');
  if (digits.length < DIGITS_MIN || digits.length > DIGITS_MAX) return false;
  const isGrouped = /\d\D/.test(text);
  if ((touchesWord(scan, start - 1) && !isGrouped) || touchesWord(scan, end)) return false;
  if (/[$€£¥#]\s?$/.test(scan.text(start - 2, start)) || /^[.,]\d/.test(scan.text(end, end + 2))) {
    return false;
  }
  const international = text.startsWith('+') || /^00[1-9]/.test(digits);
  if (international) return isKnown(text.replace(/^\D*00/, '+'));
  const before = scan.lowerText(start - CONTEXT_CHARACTERS, start);
  if (CONTEXT.test(before) && !OTHER_CONTEXT.test(before.slice(-16))) return notADate(text);
  if (OTHER_CONTEXT.test(before.slice(-24))) return false;
  if (/^0[1-9]/.test(digits)) return isNational(digits) && notADate(text);
  return AMERICAN.test(text) && isKnown(text);
}

/** Countries that dial a zero before the area, in the order in which their customers are many. */
const TRUNK_ZERO = [
  'GB',
  'DE',
  'FR',
  'IT',
  'TR',
  'PH',
  'IN',
  'AU',
  'NL',
  'CH',
  'AT',
  'ZA',
  'JP',
] as const;

function isNational(digits: string): boolean {
  return (
    (digits.length === 10 || digits.length === 11) &&
    TRUNK_ZERO.some(
      (country) => parsePhoneNumberFromString(digits, country, numberingPlans)?.isValid() === true,
    )
  );
}

function isKnown(text: string): boolean {
  const number = parsePhoneNumberFromString(text, 'US', numberingPlans);
  return number?.isPossible() === true && (text.startsWith('+') || number.isValid());
}

/** "call me on 2026-01-15": a day, not a number. */
function notADate(text: string): boolean {
  return !/^(?:(?:19|20)\d\d[-./ ]\d{1,2}[-./ ]\d{1,2}|\d{1,2}[-./ ]\d{1,2}[-./ ](?:19|20)\d\d)/.test(
    text,
  );
}

/**
 * Finds telephone numbers: with a plus sign or 00 whatever numbering plans know, in the North American
 * form, and any plausible run of digits after words that speak of calling.
 */
export function findPhoneNumbers(scan: Scan): Finding[] {
  const found: Finding[] = [];
  for (let index = 0; index < scan.length;) {
    if (scan.at(index).kind !== 'digits') {
      index += 1;
      continue;
    }
    const stretch = stretchFrom(scan, index);
    if (isPhoneNumber(scan, stretch)) {
      found.push({ kind: 'phone-number', start: stretch.start, end: stretch.end });
      index = stretch.next;
    } else {
      index += 1;
    }
  }
  return found;
}
