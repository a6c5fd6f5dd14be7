import { z } from 'zod';

import { defineEvent } from '../../ledger/index.js';

const criteria = z.union([
  z.strictObject({ kind: z.literal('period'), from: z.string(), to: z.string() }),
  z.strictObject({ kind: z.enum(['subject', 'case']), id: z.string() }),
]);
const digest = z.string().describe('SHA-256 of the file, hex');

export const exportRequested = defineEvent('ledger.export_requested', {
  description: 'A bundle of audit events was asked for.',
  detail: z.strictObject({ criteria, isEncrypted: z.boolean() }),
});

export const exportMade = defineEvent('ledger.export_made', {
  description: 'A bundle of audit events was made.',
  detail: z.strictObject({ treeSize: z.int(), entries: z.int(), bytes: z.int(), digest }),
});

export const exportFailed = defineEvent('ledger.export_failed', {
  description: 'A bundle of audit events could not be made.',
  detail: z.strictObject({ reason: z.string() }),
});

export const exportRead = defineEvent('ledger.export_read', {
  description: 'The status of an export was read.',
  detail: z.strictObject({}),
});

export const exportDownloaded = defineEvent('ledger.export_downloaded', {
  description: 'A bundle of audit events was downloaded.',
  detail: z.strictObject({ digest: digest.nullable() }),
});

export const exportExpired = defineEvent('ledger.export_expired', {
  description: 'A bundle of audit events was deleted because its time was over.',
  detail: z.strictObject({}),
});
