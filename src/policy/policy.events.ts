import { z } from 'zod';

import { defineEvent } from '../ledger/index.js';

export const policyActivated = defineEvent('policy.activated', {
  description: 'Other policies than before hold from now on; every later decision names them.',
  detail: z.strictObject({
    version: z.string(),
    digest: z.string(),
    previousVersion: z.string().nullable(),
    previousDigest: z.string().nullable(),
  }),
});
