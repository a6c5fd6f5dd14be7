import { z } from 'zod';

import { ruleSchema } from './rule.js';

/** Ways to show a value: not at all, its last characters, or whole. */
const displaySchema = z.enum(['hidden', 'masked', 'whole']);

/** `policies/masking.yaml`: how much of a value each reader sees. */
export const maskingPolicySchema = z.strictObject({
  fields: z
    .array(
      ruleSchema({
        field: z.string(),
        /** Who is not named below sees it so. */
        otherwise: displaySchema,
        readers: z.array(z.strictObject({ role: z.string(), display: displaySchema })),
      }),
    )
    .min(1),
});
export type MaskingPolicy = z.output<typeof maskingPolicySchema>;
