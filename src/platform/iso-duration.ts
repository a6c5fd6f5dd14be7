import { z } from 'zod';

const secondsOf = { weeks: 604_800, days: 86_400, hours: 3_600, minutes: 60, seconds: 1 } as const;
const daysMax = 3_660;

/** Weeks, days, hours, minutes, seconds; years and months are left out, for they have no one length. */
const pattern =
  /^P(?=.)(?:(?<weeks>\d{1,4})W)?(?:(?<days>\d{1,5})D)?(?:T(?=.)(?:(?<hours>\d{1,6})H)?(?:(?<minutes>\d{1,8})M)?(?:(?<seconds>\d{1,9})S)?)?$/;

/**
 * Parses an ISO 8601 duration of fixed length (ISO 8601-1:2019 §5.5.2) up to about ten years.
 *
 * @returns milliseconds, or null where it is none.
 */
export function parseDuration(text: string): number | null {
  const parts = pattern.exec(text)?.groups;
  if (!parts) return null;
  const seconds = Object.entries(secondsOf).reduce(
    (sum, [unit, each]) => sum + Number(parts[unit] ?? 0) * each,
    0,
  );
  return seconds <= daysMax * secondsOf.days ? seconds * 1000 : null;
}

/** A duration on the wire; milliseconds once parsed. */
export const durationSchema = z.string().transform((text, context): number => {
  const milliseconds = parseDuration(text);
  if (milliseconds !== null) return milliseconds;
  context.addIssue({ code: 'custom', message: 'is not an ISO 8601 duration such as P9D' });
  return z.NEVER;
});
