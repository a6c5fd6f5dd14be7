import { z } from 'zod';

import { isoDateSchema, repeated, ruleSchema } from './rule.js';

/** ISO 8601 weekdays: Monday 1 to Sunday 7. */
const weekdaySchema = z.int().min(1).max(7);
const monthSchema = z.int().min(1).max(12);
const yearsSchema = { since: z.int().optional(), until: z.int().optional() };

const holidaySchema = z.union([
  /** The same date every year. */
  z.strictObject({
    name: z.string(),
    month: monthSchema,
    day: z.int().min(1).max(31),
    ...yearsSchema,
  }),
  /** The nth weekday of a month; -1 is the last. */
  z.strictObject({
    name: z.string(),
    month: monthSchema,
    weekday: weekdaySchema,
    nth: z.union([z.int().min(1).max(5), z.literal(-1)]),
    ...yearsSchema,
  }),
  /** Days from Easter Sunday (Gregorian). */
  z.strictObject({ name: z.string(), easterOffset: z.int().min(-60).max(70), ...yearsSchema }),
  /** One day only, by proclamation. */
  z.strictObject({ name: z.string(), on: isoDateSchema }),
]);

const calendarSchema = ruleSchema({
  title: z.string(),
  weekend: z.array(weekdaySchema).min(1),
  /**
   * What a holiday on a weekend does. `none`: it closes nothing else. `sunday-to-monday`: a Sunday
   * holiday closes Monday, a Saturday one nothing. `next-weekday`: the next open weekday closes.
   */
  substitution: z.enum(['none', 'sunday-to-monday', 'next-weekday']),
  holidays: z.array(holidaySchema).min(1),
});

const timeZoneSchema = z
  .string()
  .refine((zone) => Intl.supportedValuesOf('timeZone').includes(zone), {
    message: 'Not an IANA time zone',
  });

/** `policies/calendars.yaml`: which days are business days, where. */
export const calendarsPolicySchema = z
  .strictObject({
    institution: ruleSchema({
      /** Dates of deadlines are dates of this zone. */
      timeZone: timeZoneSchema,
      calendar: z.string(),
      /** Days that are open although the calendar closes them, and the other way round. */
      openOn: z.array(isoDateSchema),
      closedOn: z.array(isoDateSchema),
    }),
    /** Time zone and calendar of deadlines by the country whose law sets them. */
    countries: z.array(
      z.strictObject({
        country: z.string().length(2),
        calendar: z.string(),
        timeZone: timeZoneSchema,
      }),
    ),
    calendars: z.array(calendarSchema).min(1),
  })
  .superRefine((policy, context) => {
    const ids = policy.calendars.map((calendar) => calendar.id);
    for (const id of repeated(ids)) {
      context.addIssue({ code: 'custom', path: ['calendars'], message: `${id} stands twice` });
    }
    const named = [policy.institution, ...policy.countries].map(({ calendar }) => calendar);
    for (const id of named.filter((name) => !ids.includes(name))) {
      context.addIssue({ code: 'custom', path: ['calendars'], message: `No calendar ${id}` });
    }
  });
export type CalendarsPolicy = z.output<typeof calendarsPolicySchema>;
export type CalendarRule = CalendarsPolicy['calendars'][number];
export type HolidayRule = CalendarRule['holidays'][number];
