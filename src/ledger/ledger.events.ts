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

export const keyRotated = defineEvent('ledger.key_rotated', {
  description:
    'The key that signs checkpoints and receipts was replaced; both sign until the overlap is over.',
  detail: z.strictObject({
    oldVkey: z.string().describe('C2SP verifier key'),
    newVkey: z.string().describe('C2SP verifier key'),
    rotatedAt: z.iso.datetime(),
    overlapUntil: z.iso.datetime().describe('From then on the old key signs nothing'),
  }),
});
