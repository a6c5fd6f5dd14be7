import { z } from 'zod';

import { defineEvent } from './audit-event.js';

/** Events that tell people something is wrong with the record, its guard or its clocks. */
export const alertTypes = [
  'ledger.clock_changed',
  'ledger.fault_detected',
  'ledger.schema_changed',
  'ledger.witness_conflict',
] as const;

export function isAlert(type: string): boolean {
  return (alertTypes as readonly string[]).includes(type);
}

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

export const originBegan = defineEvent('ledger.origin_began', {
  description:
    'A new log began because the end of the old one was lost for good; stands at index 0 and nowhere else.',
  detail: z.strictObject({
    oldOrigin: z.string(),
    oldSize: z.int().describe('Entries under the last checkpoint that was signed of it'),
    oldRoot: z.base64(),
    oldVkeys: z.array(z.string()).describe('C2SP verifier keys of its checkpoints and receipts'),
  }),
});

export const faultDetected = defineEvent('ledger.fault_detected', {
  description: 'ALERT: the record or its guard is not as it was made.',
  detail: z.strictObject({
    kind: z.string().describe('As `ledger:verify` names it, or `guard_changed`'),
    leafIndex: z.int().nullable(),
    eventId: z.string().nullable(),
    object: z.string().nullable().describe('What of the schema is missing or new'),
  }),
});

export const faultCleared = defineEvent('ledger.fault_cleared', {
  description: 'A fault that was reported was not found again in a whole round of the watch.',
  detail: z.strictObject({
    kind: z.string(),
    leafIndex: z.int().nullable(),
    eventId: z.string().nullable(),
    object: z.string().nullable(),
  }),
});

export const schemaChanged = defineEvent('ledger.schema_changed', {
  description: 'ALERT: a command changed the schema of the audit tables.',
  detail: z.strictObject({
    command: z.string(),
    object: z.string(),
    role: z.string(),
    at: z.iso.datetime(),
  }),
});

export const clockChanged = defineEvent('ledger.clock_changed', {
  description:
    'A clock was set, or the clocks of service and database have drifted apart: recorded times may be off.',
  detail: z.strictObject({
    clock: z.enum(['service', 'database', 'between']),
    milliseconds: z.int().describe('How far it jumped, or how far they are apart'),
  }),
});

export const loggingStarted = defineEvent('ledger.logging_started', {
  description: 'A process of the service began to record events.',
  detail: z.strictObject({
    place: z
      .string()
      .nullable()
      .describe(
        'SHA-256 of machine, address and port, hex: where one process at a time can listen',
      ),
  }),
});

export const loggingStopped = defineEvent('ledger.logging_stopped', {
  description: 'A process of the service was told to end and records no more events.',
  detail: z.strictObject({ place: z.string().nullable() }),
});

export const partitionsMade = defineEvent('ledger.partitions_made', {
  description: 'Tables were made ahead of need that the next events and entries go into.',
  detail: z.strictObject({ partitions: z.array(z.string()) }),
});

export const pruned = defineEvent('ledger.pruned', {
  description:
    'Expired entries, the whole log before `to`, were archived; the database lets go of them.',
  detail: z.strictObject({
    origin: z
      .string()
      .describe('Of the log that the entries left: a later one is not pruned by it'),
    from: z.int().nonnegative(),
    to: z.int().positive(),
    root: z.base64().describe('Of the tree of `to` entries'),
    archiveDigest: z.base64().describe('SHA-256 of the manifest of the archive'),
  }),
});
