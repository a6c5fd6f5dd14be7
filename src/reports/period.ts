import { z } from 'zod';

/** A quarter as `2026-Q3`, or two instants; the end is not part of it. */
export const periodSchema = z.union([
  z.string().regex(/^\d{4}-Q[1-4]$/, 'A quarter is written 2026-Q3'),
  z
    .strictObject({ from: z.iso.datetime(), to: z.iso.datetime() })
    .refine(({ from, to }) => Date.parse(from) < Date.parse(to), 'from must lie before to'),
]);
export type Period = z.infer<typeof periodSchema>;

export interface Interval {
  readonly from: Date;
  /** Exclusive. */
  readonly to: Date;
}

const monthsPerQuarter = 3;

/** The instants of a period, quarters in UTC. */
export function intervalOf(period: Period): Interval {
  if (typeof period !== 'string') return { from: new Date(period.from), to: new Date(period.to) };
  const year = Number(period.slice(0, 4));
  const firstMonth = (Number(period.slice(-1)) - 1) * monthsPerQuarter;
  return {
    from: new Date(Date.UTC(year, firstMonth, 1)),
    to: new Date(Date.UTC(year, firstMonth + monthsPerQuarter, 1)),
  };
}
