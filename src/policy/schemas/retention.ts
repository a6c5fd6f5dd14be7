import { z } from 'zod';

import { repeated, ruleFields } from './rule.js';

const classSchema = z
  .strictObject({
    ...ruleFields,
    class: z.string().regex(/^[a-z]+(-[a-z]+)*$/),
    title: z.string(),
    years: z.int().positive().optional(),
    days: z.int().positive().optional(),
    /** What the law asks for at least; ours may be longer. */
    yearsMin: z.int().positive().nullable(),
  })
  .refine((rule) => (rule.years === undefined) !== (rule.days === undefined), {
    message: 'Give either years or days',
  })
  .refine((rule) => rule.yearsMin === null || (rule.years ?? 0) >= rule.yearsMin, {
    message: 'Shorter than the law asks for',
  });

/** `policies/retention.yaml`: how long each class of data is kept, and whose rule that is. */
export const retentionPolicySchema = z
  .strictObject({
    /** Whether expired entries of the ledger leave the database, once they are archived. */
    pruning: z.enum(['on', 'off']).default('off'),
    classes: z.array(classSchema).min(1),
  })
  .superRefine((policy, context) => {
    for (const name of repeated(policy.classes.map((rule) => rule.class))) {
      context.addIssue({ code: 'custom', path: ['classes'], message: `${name} stands twice` });
    }
    if (!policy.classes.some((rule) => rule.class === 'ledger')) {
      context.addIssue({
        code: 'custom',
        path: ['classes'],
        message: 'The class ledger is missing',
      });
    }
  });
export type RetentionPolicy = z.output<typeof retentionPolicySchema>;
