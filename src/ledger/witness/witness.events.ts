import { z } from 'zod';

import { defineEvent } from '../audit-event.js';

/** As the policy file calls it. */
const witness = z.string();

export const witnessConflict = defineEvent('ledger.witness_conflict', {
  description:
    'ALERT: a witness has cosigned another history of this log: the log forked or shrank, or its key is used elsewhere.',
  detail: z.strictObject({
    witness,
    treeSize: z.int().nonnegative(),
    witnessSize: z.int().nonnegative().nullable(),
  }),
});

export const witnessRefused = defineEvent('ledger.witness_refused', {
  description: 'A witness does not cosign: it answers with a refusal, or not at all.',
  detail: z.strictObject({
    witness,
    reason: z.enum(['refused', 'unreachable']),
    status: z.int().nullable(),
  }),
});

export const witnessRestored = defineEvent('ledger.witness_restored', {
  description: 'A witness that did not cosign does again.',
  detail: z.strictObject({ witness }),
});
