import {
  addCalendarDays,
  addMonths,
  BusinessCalendars,
  dateIn,
  easterSunday,
  endOfDay,
  findPoliciesDirectory,
  loadPolicies,
  Policies,
  weekdayOf,
} from '../../src/policy/index.js';

const calendars = new BusinessCalendars(new Policies(loadPolicies(findPoliciesDirectory())));
const us = calendars.calendarFor('US').calendar;
const uk = calendars.calendarFor('GB').calendar;
const germany = calendars.calendarFor('DE').calendar;

describe('BusinessCalendar', () => {
  it.each([
    ['2024', 11],
    ['2026', 10],
    ['2028', 9],
    ['2030', 11],
  ])('closes the Federal Reserve on the holidays of %s that fall on weekdays', (year, count) => {
    let closed = 0;
    for (let date = `${year}-01-01`; date.startsWith(year); date = addCalendarDays(date, 1)) {
      if (weekdayOf(date) < 6 && !us.isBusinessDay(date)) closed += 1;
    }
    expect(closed).toBe(count);
  });

  it('closes Monday for a Sunday holiday, and nothing for a Saturday one', () => {
    // Juneteenth 2027 is a Saturday; 4 July 2027 a Sunday; 4 July 2026 a Saturday.
    expect(us.isBusinessDay('2027-06-18')).toBe(true);
    expect(us.closureOn('2027-07-05')).toBe('Independence Day (observed)');
    expect(us.isBusinessDay('2026-07-03')).toBe(true);
    expect(us.isBusinessDay('2026-07-06')).toBe(true);
  });

  it.each([
    ['2026-01-19', 'Birthday of Martin Luther King, Jr.'],
    ['2026-02-16', "Washington's Birthday"],
    ['2026-05-25', 'Memorial Day'],
    ['2026-09-07', 'Labor Day'],
    ['2026-10-12', 'Columbus Day'],
    ['2026-11-26', 'Thanksgiving Day'],
  ])('finds %s: %s', (date, name) => {
    expect(us.closureOn(date)).toBe(name);
  });

  it('knows English substitute days, two in a row too', () => {
    expect(uk.closureOn('2027-12-27')).toBe('Christmas Day (observed)');
    expect(uk.closureOn('2027-12-28')).toBe('Boxing Day (observed)');
    expect(uk.closureOn('2028-01-03')).toBe("New Year's Day (observed)");
    expect(uk.closureOn('2026-12-28')).toBe('Boxing Day (observed)');
    expect(uk.isBusinessDay('2026-12-29')).toBe(true);
  });

  it('knows German holidays, without substitutes', () => {
    expect(germany.closureOn('2026-05-14')).toBe('Ascension Day');
    expect(germany.closureOn('2026-05-25')).toBe('Whit Monday');
    expect(germany.isBusinessDay('2026-10-05')).toBe(true);
  });

  it('counts ten business days over a weekend and a holiday, and tells each step', () => {
    const { on, steps } = us.addBusinessDays('2026-06-26', 10);
    // 3 July 2026 is open: Independence Day falls on the Saturday.
    expect(on).toBe('2026-07-10');
    expect(steps).toHaveLength(14);
    expect(steps.filter((step) => step.counted)).toHaveLength(10);
    expect(steps[0]).toEqual({ on: '2026-06-27', counted: false, reason: 'Saturday' });
    expect(steps.at(-1)).toEqual({ on, counted: true, reason: 'business day 10' });
  });

  it('starts with the next open day where the notice came on a closed one', () => {
    expect(us.addBusinessDays('2026-11-26', 1).on).toBe('2026-11-27');
    expect(us.addBusinessDays('2026-11-28', 1).on).toBe('2026-11-30');
  });

  it('refuses counts that are none', () => {
    for (const count of [0, -1, 1.5, Number.NaN, 401]) {
      expect(() => us.addBusinessDays('2026-01-02', count)).toThrow('no count');
    }
  });

  it('takes the institution’s calendar where the country has none', () => {
    expect(calendars.calendarFor('BR').calendarId).toBe('us-federal-reserve');
    expect(calendars.calendarFor(null).timeZone).toBe('America/New_York');
  });
});

describe('dates', () => {
  it.each([
    [2024, '2024-03-31'],
    [2025, '2025-04-20'],
    [2026, '2026-04-05'],
    [2027, '2027-03-28'],
    [2030, '2030-04-21'],
    [2038, '2038-04-25'],
  ])('finds Easter of %i', (year, date) => {
    expect(easterSunday(year)).toBe(date);
  });

  it('takes the last day of a shorter month', () => {
    expect(addMonths('2026-01-31', 1)).toBe('2026-02-28');
    expect(addMonths('2027-12-31', 2)).toBe('2028-02-29');
    expect(addMonths('2026-02-15', 13)).toBe('2027-03-15');
  });

  it('reads the date on the wall, on both sides of midnight', () => {
    expect(dateIn('America/New_York', new Date('2026-03-02T04:59:59Z'))).toBe('2026-03-01');
    expect(dateIn('America/New_York', new Date('2026-03-02T05:00:00Z'))).toBe('2026-03-02');
  });

  it('ends a day with its last second, on days that clocks change too', () => {
    expect(endOfDay('2026-03-07', 'America/New_York').toISOString()).toBe(
      '2026-03-08T04:59:59.000Z',
    );
    expect(endOfDay('2026-03-08', 'America/New_York').toISOString()).toBe(
      '2026-03-09T03:59:59.000Z',
    );
    expect(endOfDay('2026-11-01', 'America/New_York').toISOString()).toBe(
      '2026-11-02T04:59:59.000Z',
    );
    expect(endOfDay('2026-06-01', 'Europe/Berlin').toISOString()).toBe('2026-06-01T21:59:59.000Z');
  });
});
