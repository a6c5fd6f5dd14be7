import { z } from 'zod';

import { actorKinds, assuranceLevels, levels } from '../../platform/index.js';
import { aggregateScopes } from './authority.js';

const whoSchema = z.strictObject({
  kind: z.enum(actorKinds).default('staff'),
  roles: z.array(z.string()).default([]),
  /** Of an API client. */
  scopes: z.array(z.string()).default([]),
  /** Defaults to the level of the first role. */
  level: z.enum(levels).nullable().optional(),
  acr: z.enum(assuranceLevels).default('aal2'),
  method: z.string().nullable().default('totp'),
  ageSeconds: z.int().min(0).default(0),
});

const whatSchema = z.strictObject({
  action: z.string(),
  amount: z.string().optional(),
  /** Of the case, this amount included. */
  aggregate: z.string().optional(),
  /** Of the other sums, this amount included. */
  aggregates: z.partialRecord(z.enum(aggregateScopes), z.string()).default({}),
  currency: z.string().default('USD'),
  category: z.string().optional(),
});

const whenSchema = z.strictObject({
  /** The `Probity-Purpose` header. */
  purpose: z.string().nullable().default(null),
  /** Whose the thing is; absent where the action is about no thing. */
  resource: z.enum(['own', 'foreign']).optional(),
  /** Whose account is changed. */
  account: z.enum(['own', 'foreign']).optional(),
});

const expectationSchema = z.strictObject({
  decision: z.enum(['permit', 'deny', 'step_up', 'approval']),
  rule: z.string(),
  level: z.enum(levels).nullable().optional(),
  groups: z.array(z.string()).optional(),
  code: z.string().optional(),
});

/** `policies/tests/<topic>/<name>.yaml`: situations and what the policy must say to each. */
export const policyTestSchema = z.strictObject({
  describe: z.string(),
  situations: z
    .array(
      z.strictObject({
        it: z.string(),
        who: whoSchema.default(whoSchema.parse({})),
        what: whatSchema,
        when: whenSchema.default(whenSchema.parse({})),
        expect: expectationSchema,
      }),
    )
    .min(1),
});
