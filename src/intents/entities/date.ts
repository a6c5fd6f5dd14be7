const MONTHS =
  'jan(?:uary|uar)?|enero|feb(?:ruary|ruar)?|febrero|mar(?:ch)?|märz|marzo|apr(?:il)?|abril|may|mai|mayo|june?|juni|junio|july?|juli|julio|aug(?:ust)?|agosto|sept?(?:ember)?|septiembre|oct(?:ober)?|oktober|octubre|nov(?:ember)?|noviembre|dec(?:ember)?|dezember|diciembre';
const MONTH_PREFIXES: readonly (readonly string[])[] = [
  ['jan', 'ene'],
  ['feb'],
  ['mar', 'mär'],
  ['apr', 'abr'],
  ['may', 'mai'],
  ['jun'],
  ['jul'],
  ['aug', 'ago'],
  ['sep'],
  ['oct', 'okt'],
  ['nov'],
  ['dec', 'dez', 'dic'],
];
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const NUMBER_WORDS: Readonly<Record<string, number>> = {
  a: 1,
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  ten: 10,
};
const DAYS_AGO: readonly [RegExp, number][] = [
  [/\b(?:day before yesterday|vorgestern|anteayer)\b/, 2],
  [/\b(?:yesterday|last night|gestern|ayer|anoche)\b/, 1],
  [/\b(?:today|this morning|this afternoon|tonight|just now|heute|hoy)\b/, 0],
];
const DAY_MS = 86_400_000;
const YEAR_MIN = 1990;
const DAYS_IN_WEEK = 7;

const ISO = /\b((?:19|20)\d\d)-(\d\d?)-(\d\d?)\b/;
const POINTED = /\b(\d\d?)\.(\d\d?)\.((?:20)?\d\d)\b/;
const SLASHED = /\b(\d\d?)[/-](\d\d?)[/-]((?:20)?\d\d)\b/;
const MONTH_DAY = new RegExp(
  `(?<!\\p{L})(${MONTHS})\\.? (?:the )?(\\d\\d?)(?:st|nd|rd|th)?(?:,? (20\\d\\d))?(?!\\d)`,
  'u',
);
const DAY_MONTH = new RegExp(
  `(?<!\\d)(\\d\\d?)(?:st|nd|rd|th|\\.)? (?:of |de )?(${MONTHS})(?!\\p{L})\\.?(?:,? (?:de )?(20\\d\\d))?`,
  'u',
);
const AGO = /\b(\d{1,3}|a|one|two|three|four|five|six|seven|ten) (day|week)s? ago\b/;
const WEEKDAY = new RegExp(`\\b(?:on|last|this|since|from)? ?(${WEEKDAYS.join('|')})\\b`);

interface CalendarDay {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

function format({ year, month, day }: CalendarDay): string | null {
  const date = new Date(Date.UTC(year, month - 1, day));
  const real = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && year >= YEAR_MIN;
  return real ? date.toISOString().slice(0, 10) : null;
}

function daysBefore(now: Date, days: number): string {
  return new Date(now.getTime() - days * DAY_MS).toISOString().slice(0, 10);
}

function monthOf(word: string): number {
  return MONTH_PREFIXES.findIndex((prefixes) => prefixes.some((each) => word.startsWith(each))) + 1;
}

function fullYear(written: string): number {
  return written.length === 2 ? 2000 + Number(written) : Number(written);
}

/** A day without a year is the last such day that is not ahead of the message. */
function withYear(month: number, day: number, now: Date): string | null {
  const thisYear = format({ year: now.getUTCFullYear(), month, day });
  if (thisYear !== null && thisYear <= daysBefore(now, 0)) return thisYear;
  return format({ year: now.getUTCFullYear() - 1, month, day });
}

function written(text: string, now: Date): string | null {
  const iso = ISO.exec(text);
  if (iso) return format({ year: Number(iso[1]), month: Number(iso[2]), day: Number(iso[3]) });
  const pointed = POINTED.exec(text);
  if (pointed) {
    return format({
      year: fullYear(pointed[3] ?? ''),
      month: Number(pointed[2]),
      day: Number(pointed[1]),
    });
  }
  const slashed = SLASHED.exec(text);
  if (slashed)
    return fromSlashed(Number(slashed[1]), Number(slashed[2]), fullYear(slashed[3] ?? ''));
  const monthDay = MONTH_DAY.exec(text);
  if (monthDay) return named({ month: monthDay[1], day: monthDay[2], year: monthDay[3] }, now);
  const dayMonth = DAY_MONTH.exec(text);
  if (dayMonth) return named({ month: dayMonth[2], day: dayMonth[1], year: dayMonth[3] }, now);
  return null;
}

/** Month first as in the US, unless that cannot be. */
function fromSlashed(first: number, second: number, year: number): string | null {
  return first > 12
    ? format({ year, month: second, day: first })
    : format({ year, month: first, day: second });
}

interface NamedDay {
  readonly month: string | undefined;
  readonly day: string | undefined;
  readonly year: string | undefined;
}

function named({ month, day, year }: NamedDay, now: Date): string | null {
  const number = monthOf(month ?? '');
  return year === undefined
    ? withYear(number, Number(day), now)
    : format({ year: Number(year), month: number, day: Number(day) });
}

function relative(text: string, now: Date): string | null {
  const ago = AGO.exec(text);
  if (ago) {
    const count = NUMBER_WORDS[ago[1] ?? ''] ?? Number(ago[1]);
    return daysBefore(now, ago[2] === 'week' ? count * DAYS_IN_WEEK : count);
  }
  for (const [pattern, days] of DAYS_AGO) if (pattern.test(text)) return daysBefore(now, days);
  const weekday = WEEKDAY.exec(text)?.[1];
  if (weekday === undefined) return null;
  const back = (now.getUTCDay() - WEEKDAYS.indexOf(weekday) + DAYS_IN_WEEK) % DAYS_IN_WEEK;
  return daysBefore(now, back === 0 ? DAYS_IN_WEEK : back);
}

/** Finds the first calendar date, written out or told relative to the message; null for none. */
export function findDate(text: string, now: Date): string | null {
  const lower = text.toLowerCase();
  return written(lower, now) ?? relative(lower, now);
}
