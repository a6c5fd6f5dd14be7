import { z } from 'zod';

import { defineEvent } from '../ledger/index.js';

export const reportRequested = defineEvent('report.requested', {
  description: 'A compliance report was asked for.',
  detail: z.strictObject({
    standards: z.array(z.string()),
    from: z.string(),
    to: z.string(),
    formats: z.array(z.string()),
  }),
});

export const reportComputed = defineEvent('report.computed', {
  description: 'A report was computed from the sealed events up to a checkpoint.',
  detail: z.strictObject({
    contentDigest: z.string(),
    treeSize: z.int(),
    rootHash: z.string(),
    checks: z.int(),
    failed: z.int(),
  }),
});

export const reportFailed = defineEvent('report.failed', {
  description: 'A report could not be computed.',
  detail: z.strictObject({
    reason: z
      .enum(['entries_pruned', 'evidence_unreadable'])
      .describe('`entries_pruned`: entries of the period are in the archive only'),
  }),
});

export const reportRead = defineEvent('report.read', {
  description: 'A report or one of its files was read.',
  detail: z.strictObject({ format: z.string().nullable() }),
});

export const reportRefused = defineEvent('report.refused', {
  description: 'A report was asked for or read by somebody who may not.',
  detail: z.strictObject({}),
});
