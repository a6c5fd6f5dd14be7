import { z } from 'zod';

import { defineEvent } from '../ledger/index.js';

/** Ids and names only: what was searched for says what was seen (PCI DSS v4.0.1 10.2.1.3). */
const filters = z.strictObject({
  type: z.string().optional(),
  actor: z.string().optional(),
  subject: z.string().optional(),
  caseId: z.string().optional(),
  from: z.string().optional(),
  to: z.string().optional(),
  outcome: z.string().optional(),
});

export const eventsListed = defineEvent('ledger.events_listed', {
  description: 'Audit events were searched.',
  detail: z.strictObject({ filters, count: z.int().nonnegative() }),
});

export const eventRead = defineEvent('ledger.event_read', {
  description: 'One audit event was read.',
  detail: z.strictObject({ isFound: z.boolean() }),
});

export const inclusionProved = defineEvent('ledger.inclusion_proved', {
  description: 'A proof was given that an event stands in the log.',
  detail: z.strictObject({ leafIndex: z.int().nullable(), treeSize: z.int().nullable() }),
});

export const consistencyProved = defineEvent('ledger.consistency_proved', {
  description: 'A proof was given that the log only grew between two checkpoints.',
  detail: z.strictObject({ first: z.int().nullable(), second: z.int().nullable() }),
});

export const logRead = defineEvent('ledger.log_read', {
  description: 'A reader began to read the log itself; at most one event a session and minute.',
  detail: z.strictObject({ resource: z.enum(['checkpoint', 'tile', 'entries']) }),
});

export const reviewed = defineEvent('ledger.reviewed', {
  description:
    'The service reviewed a day of the log: what it holds, and how record, guard, clocks, archives and copies stand.',
  detail: z.strictObject({
    day: z.iso.date().describe('In the time zone of the institution'),
    from: z.iso.datetime(),
    to: z.iso.datetime().describe('Not part of the day'),
    events: z.int().nonnegative().describe('Recorded on that day'),
    refused: z.int().nonnegative(),
    failed: z.int().nonnegative(),
    alerts: z.int().nonnegative(),
    unsealed: z.int().nonnegative(),
    treeSize: z.int().nonnegative().describe('Up to the last entry of that day'),
    isWatched: z.boolean().describe('False where the watch over the log could not look lately'),
    faultsOpen: z.int().nonnegative(),
    clockDriftMilliseconds: z.int().describe('Of the database’s clock against the service’s'),
    firstIndex: z.int().nonnegative().describe('The oldest entry outside the archives'),
    oldestAt: z.iso.datetime().nullable(),
    archivesMissing: z.int().nonnegative().describe('That the log names'),
    copies: z.array(
      z.strictObject({
        name: z.string().describe('`published`, or the name of a witness'),
        treeSize: z.int().nullable().describe('Null where there is none that this log signed'),
      }),
    ),
  }),
});

export const pruningRequested = defineEvent('ledger.pruning_requested', {
  description: 'The oldest stretch of the log was asked to be archived and let go.',
  detail: z.strictObject({
    from: z.int().nullable(),
    to: z.int().nullable(),
    keptUntil: z.iso.datetime().nullable().describe('Where an entry of it has not expired'),
  }),
});

export const completenessProved = defineEvent('ledger.completeness_proved', {
  description: 'A proof was given that a list holds every event about a subject or case.',
  detail: z.strictObject({
    kind: z.enum(['subject', 'case']),
    treeSize: z.int().nullable(),
    events: z.int().nullable(),
  }),
});

export const indexCommitmentRefused = defineEvent('ledger.index_commitment_refused', {
  description: 'Somebody who may not asked for a commitment to the index.',
  detail: z.strictObject({}),
});
