/** Money as written: exact decimal; the currency (ISO 4217) is null where none is named. */
export interface AmountEntity {
  readonly amount: string;
  readonly currency: string | null;
}

const CURRENCIES: readonly [RegExp, string][] = [
  [/^(?:\$|us\$|usd|dollars?|bucks?|d[oó]lares)$/, 'USD'],
  [/^(?:€|eur|euros?)$/, 'EUR'],
  [/^(?:£|gbp|pounds?|quid|libras|pfund)$/, 'GBP'],
  [/^(?:¥|jpy|yen)$/, 'JPY'],
  [/^(?:chf|francs?|franken)$/, 'CHF'],
  [/^(?:cad|aud|mxn|sek|nok|dkk|pln)$/, ''],
];
const SIGN = '(?:us\\$|[$€£¥]|(?:usd|eur|gbp|jpy|chf|cad|aud|mxn|sek|nok|dkk|pln)(?![a-z]))';
const WORD =
  '(?:[$€£¥]|(?:usd|eur|gbp|jpy|chf|cad|aud|mxn|sek|nok|dkk|pln|dollars?|bucks?|euros?|pounds?|quid|yen|francs?|franken|d[oó]lares|libras|pfund)(?![a-z]))';
const NUMBER = "(?<![\\d.,])-?(\\d{1,12}(?:[.,' ]\\d{3}){0,4}(?:[.,]\\d{1,2})?)(?![\\d])";
const THOUSANDS = '(?:\\s?(k|thousand|grand|mil|tausend)(?![a-z]))?';

const SIGNED = new RegExp(`(${SIGN})\\s?${NUMBER}${THOUSANDS}`, 'i');
const WORDED = new RegExp(`${NUMBER}${THOUSANDS}\\s?(${WORD})`, 'i');
const CENTS = /(?<![\d.,/:-])(\d{1,9}[.,]\d{2})(?![\d.,/%:-])/;

function currencyOf(word: string): string {
  const lower = word.toLowerCase();
  const code = CURRENCIES.find(([pattern]) => pattern.test(lower))?.[1];
  return code === undefined || code === '' ? lower.toUpperCase() : code;
}

/** The last of point and comma is the decimal mark where one or two digits follow it; all else groups. */
function toDecimal(written: string, thousands: string | undefined): string {
  const match = /^(.*?)(?:[.,](\d{1,2}))?$/.exec(written);
  const whole = (match?.[1] ?? '').replace(/\D/g, '');
  const cents = (match?.[2] ?? '').padEnd(2, '0');
  const minor = BigInt(`${whole}${cents}`) * (thousands === undefined ? 1n : 1000n);
  const digits = String(minor).padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** Finds the first amount of money: with a currency, or at least with cents. */
export function findAmount(text: string): AmountEntity | null {
  const signed = SIGNED.exec(text);
  const worded = WORDED.exec(text);
  if (signed !== null && (worded === null || signed.index <= worded.index)) {
    const [, sign = '', number = '', thousands] = signed;
    return { amount: toDecimal(number, thousands), currency: currencyOf(sign) };
  }
  if (worded !== null) {
    const [, number = '', thousands, word = ''] = worded;
    return { amount: toDecimal(number, thousands), currency: currencyOf(word) };
  }
  const cents = CENTS.exec(text)?.[1];
  return cents === undefined ? null : { amount: toDecimal(cents, undefined), currency: null };
}
