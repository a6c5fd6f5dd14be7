import { z } from 'zod';

/** A calendar date of the institution, `2026-01-01`. */
export const isoDateSchema = z.iso.date();

/** Exact decimal money as policy writes it, never negative: `"5000.00"`. */
export const decimalSchema = z
  .string()
  .regex(/^(0|[1-9]\d{0,12})(\.\d{1,4})?$/, 'Write money as an exact decimal in quotes, "5000.00"');

/** Dotted, lower-case and permanent: events and decisions name it. */
export const ruleIdSchema = z
  .string()
  .regex(/^[a-z0-9]+([.-][a-z0-9]+)*$/i, 'A rule id is words joined by dots and hyphens');

/** A law with its section, or whose decision a figure is. */
export const citationSchema = z.string().min(5);

/**
 * What every rule carries. `unread` marks a figure whose source nobody has read yet; a report may
 * then not cite it as law.
 */
export const ruleFields = {
  id: ruleIdSchema,
  citation: citationSchema,
  effectiveFrom: isoDateSchema,
  unread: z.literal(true).optional(),
};

/** A rule with fields of its own. */
export function ruleSchema<Fields extends z.core.$ZodLooseShape>(
  fields: Fields,
): z.ZodObject<typeof ruleFields & Fields, z.core.$strict> {
  return z.strictObject({ ...ruleFields, ...fields });
}

/** The values that stand more than once, each named once. */
export function repeated(values: readonly string[]): readonly string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}
