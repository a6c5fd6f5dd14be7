import { Injectable } from '@nestjs/common';

import { addCalendarDays, easterSunday, type IsoDate, isoDate, weekdayOf } from './dates.js';
import { Policies } from './policies.js';
import type { CalendarRule, HolidayRule } from './schemas/calendars.js';

/** One day on the way to a deadline: counted, or why not. */
export interface CountedDay {
  readonly on: IsoDate;
  readonly counted: boolean;
  /** `business day 3`, or what closed it. */
  readonly reason: string;
}

export interface BusinessDayCount {
  readonly on: IsoDate;
  readonly steps: readonly CountedDay[];
}

const weekdayNames = [
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
  'Sunday',
] as const;
const saturday = 6;
const sunday = 7;
const businessDaysMax = 400;
const daysPerWeek = 7;

/** Which days an institution is open "for substantially all business functions" (12 CFR 1005.2(d)). */
export class BusinessCalendar {
  readonly #years = new Map<number, ReadonlyMap<IsoDate, string>>();
  readonly #openOn: ReadonlySet<IsoDate>;
  readonly #closedOn: ReadonlySet<IsoDate>;

  constructor(
    private readonly rule: CalendarRule,
    own: { readonly openOn: readonly IsoDate[]; readonly closedOn: readonly IsoDate[] },
  ) {
    this.#openOn = new Set(own.openOn);
    this.#closedOn = new Set(own.closedOn);
  }

  /** As in `policies/calendars.yaml`. */
  get id(): string {
    return this.rule.id;
  }

  isBusinessDay(date: IsoDate): boolean {
    return this.closureOn(date) === null;
  }

  /** What closes the day; null where it is open. */
  closureOn(date: IsoDate): string | null {
    if (this.#openOn.has(date)) return null;
    if (this.#closedOn.has(date)) return 'closed by the institution';
    const holiday = this.#holidays(Number(date.slice(0, 4))).get(date);
    if (holiday !== undefined) return holiday;
    const weekday = weekdayOf(date);
    return this.rule.weekend.includes(weekday) ? (weekdayNames[weekday - 1] ?? 'weekend') : null;
  }

  /**
   * Counts business days. The day of the event is day 0 and not counted; on a closed day counting
   * starts with the next open day, which is day 1.
   */
  addBusinessDays(date: IsoDate, count: number): BusinessDayCount {
    if (!Number.isInteger(count) || count < 1 || count > businessDaysMax) {
      throw new Error(`${count} is no count of business days`);
    }
    const steps: CountedDay[] = [];
    let on = date;
    for (let counted = 0; counted < count;) {
      on = addCalendarDays(on, 1);
      const closure = this.closureOn(on);
      if (closure === null) counted += 1;
      const reason = closure ?? `business day ${counted}`;
      steps.push({ on, counted: closure === null, reason });
    }
    return { on, steps };
  }

  #holidays(year: number): ReadonlyMap<IsoDate, string> {
    const known = this.#years.get(year);
    if (known) return known;
    const holidays = holidaysOf(this.rule, year);
    this.#years.set(year, holidays);
    return holidays;
  }
}

/** The holidays of one year with the days that stand in for them, by date. */
function holidaysOf(rule: CalendarRule, year: number): ReadonlyMap<IsoDate, string> {
  const holidays = new Map<IsoDate, string>();
  for (const holiday of rule.holidays) {
    const date = dateOf(holiday, year);
    if (date !== null) holidays.set(date, holiday.name);
  }
  const proper = [...holidays].sort(([one], [other]) => (one < other ? -1 : 1));
  for (const [date, name] of proper) {
    const substitute = substituteFor(date, rule, holidays);
    if (substitute !== null) holidays.set(substitute, `${name} (observed)`);
  }
  return holidays;
}

function dateOf(holiday: HolidayRule, year: number): IsoDate | null {
  if ('on' in holiday) return holiday.on.startsWith(`${year}-`) ? holiday.on : null;
  if (year < (holiday.since ?? year) || year > (holiday.until ?? year)) return null;
  if ('easterOffset' in holiday) return addCalendarDays(easterSunday(year), holiday.easterOffset);
  if ('day' in holiday) return isoDate(year, holiday.month, holiday.day);
  return nthWeekday(year, holiday);
}

function nthWeekday(
  year: number,
  { month, weekday, nth }: { month: number; weekday: number; nth: number },
): IsoDate {
  if (nth === -1) {
    const last = isoDate(year, month + 1, 0);
    return addCalendarDays(last, -((weekdayOf(last) - weekday + daysPerWeek) % daysPerWeek));
  }
  const first = isoDate(year, month, 1);
  const toFirst = (weekday - weekdayOf(first) + daysPerWeek) % daysPerWeek;
  return addCalendarDays(first, toFirst + (nth - 1) * daysPerWeek);
}

function substituteFor(
  date: IsoDate,
  { substitution, weekend }: CalendarRule,
  holidays: ReadonlyMap<IsoDate, string>,
): IsoDate | null {
  const weekday = weekdayOf(date);
  switch (substitution) {
    case 'none':
      return null;
    case 'sunday-to-monday':
      return weekday === sunday ? addCalendarDays(date, 1) : null;
    case 'next-weekday': {
      if (weekday !== saturday && weekday !== sunday) return null;
      let next = addCalendarDays(date, 1);
      while (weekend.includes(weekdayOf(next)) || holidays.has(next))
        next = addCalendarDays(next, 1);
      return next;
    }
  }
}

/** A country's calendar and the zone of its dates. */
export interface LocalCalendar {
  readonly calendarId: string;
  readonly calendar: BusinessCalendar;
  /** IANA name. */
  readonly timeZone: string;
}

/** The calendars of `policies/calendars.yaml`, by country. */
@Injectable()
export class BusinessCalendars {
  readonly #institution: LocalCalendar;
  readonly #countries: ReadonlyMap<string, LocalCalendar>;

  constructor(policies: Policies) {
    const { institution, countries, calendars } = policies.calendars;
    const built = new Map(
      calendars.map((rule) => [rule.id, new BusinessCalendar(rule, institution)]),
    );
    const local = (id: string, timeZone: string): LocalCalendar => {
      const calendar = built.get(id);
      if (!calendar) throw new Error(`No calendar ${id}`);
      return { calendarId: id, calendar, timeZone };
    };
    this.#institution = local(institution.calendar, institution.timeZone);
    this.#countries = new Map(
      countries.map(({ country, calendar, timeZone }) => [country, local(calendar, timeZone)]),
    );
  }

  /** The calendar of the country whose law sets the deadline; the institution's own where none is named. */
  calendarFor(countryCode: string | null): LocalCalendar {
    return (
      (countryCode === null ? undefined : this.#countries.get(countryCode)) ?? this.#institution
    );
  }
}
