/** A date of the institution's or customer's own calendar, `2026-03-02`; it has no time and no zone. */
export type IsoDate = string;

const millisecondsPerDay = 86_400_000;
const lastSecondOfDay = 'T23:59:59Z';
const monthsPerYear = 12;

/** Midnight UTC stands for the date while we count with it. */
function midnight(date: IsoDate): Date {
  const instant = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(instant.getTime())) throw new Error(`${date} is no date`);
  return instant;
}

export function isoDate(year: number, month: number, day: number): IsoDate {
  return new Date(Date.UTC(year, month - 1, day)).toISOString().slice(0, 10);
}

/** The date so many days later; earlier where the count is negative. */
export function addCalendarDays(date: IsoDate, days: number): IsoDate {
  return new Date(midnight(date).getTime() + days * millisecondsPerDay).toISOString().slice(0, 10);
}

/** The same day of a later month, or the last day of a shorter one. */
export function addMonths(date: IsoDate, months: number): IsoDate {
  const from = midnight(date);
  const month = from.getUTCFullYear() * monthsPerYear + from.getUTCMonth() + months;
  const year = Math.floor(month / monthsPerYear);
  const lastDay = new Date(Date.UTC(year, (month % monthsPerYear) + 1, 0)).getUTCDate();
  return isoDate(year, (month % monthsPerYear) + 1, Math.min(from.getUTCDate(), lastDay));
}

/** Days from one date to a later one. */
export function daysBetween(from: IsoDate, to: IsoDate): number {
  return Math.round((midnight(to).getTime() - midnight(from).getTime()) / millisecondsPerDay);
}

/** ISO 8601 weekday: Monday 1 to Sunday 7. */
export function weekdayOf(date: IsoDate): number {
  return midnight(date).getUTCDay() || 7;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  formats.set(timeZone, format);
  return format;
}

/** What a clock on the wall shows at an instant, read as if it were UTC. */
function wallClock(timeZone: string, instant: Date): Date {
  const parts = Object.fromEntries(
    formatOf(timeZone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, value]),
  ) as Record<Intl.DateTimeFormatPartTypes, string>;
  const { year, month, day, hour, minute, second } = parts;
  return new Date(`${year.padStart(4, '0')}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/** The date on the wall of a time zone at an instant. */
export function dateIn(timeZone: string, instant: Date): IsoDate {
  return wallClock(timeZone, instant).toISOString().slice(0, 10);
}

/** The last second of a date in a time zone: a deadline ends there. */
export function endOfDay(date: IsoDate, timeZone: string): Date {
  const wanted = new Date(`${date}${lastSecondOfDay}`).getTime();
  let instant = wanted;
  // The offset at the guess may differ from the offset at the answer; the second round settles it.
  for (let round = 0; round < 2; round += 1) {
    instant += wanted - wallClock(timeZone, new Date(instant)).getTime();
  }
  return new Date(instant);
}

/** Easter Sunday of the Gregorian calendar (anonymous Gregorian algorithm: Meeus, ch. 8). */
export function easterSunday(year: number): IsoDate {
  const golden = year % 19;
  const century = Math.floor(year / 100);
  const leapless = century - Math.floor(century / 4);
  const moonCorrection = Math.floor((century - Math.floor((century + 8) / 25) + 1) / 3);
  const epact = (19 * golden + leapless - moonCorrection + 15) % 30;
  const weekShift =
    (32 + 2 * (century % 4) + 2 * Math.floor((year % 100) / 4) - epact - (year % 4)) % 7;
  const late = Math.floor((golden + 11 * epact + 22 * weekShift) / 451);
  const days = epact + weekShift - 7 * late + 114;
  return isoDate(year, Math.floor(days / 31), (days % 31) + 1);
}
