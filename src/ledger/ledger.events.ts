import { z } from 'zod';

import { defineEvent } from './audit-event.js';

export const indexCommitted = defineEvent('ledger.index_committed', {
  description:
    'The index of the log by subject and case was brought up to a size and committed to.',
  detail: z.strictObject({
    treeSize: z.int().nonnegative(),
    rootHash: z.base64(),
    keys: z.int().nonnegative(),
  }),
});
