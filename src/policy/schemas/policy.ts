import { z } from 'zod';

import { isoDateSchema } from './rule.js';

/** `policies/policy.yaml`: the name and version under which decisions are recorded. */
export const policyNameSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]+$/),
  version: z.string().regex(/^\d+(\.\d+)*$/),
  effectiveFrom: isoDateSchema,
});
