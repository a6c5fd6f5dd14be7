import { z } from 'zod';

import { outcomes } from '../ledger/index.js';
import type { LedgerEvent } from './audit-log.js';

const text = z.string();
const textOrNull = text.nullable();

/** An audit event on the wire: the ledger's own members, its hash, and its place in the log. */
export const ledgerEventSchema = z
  .object({
    id: z.uuid(),
    type: text,
    occurredAt: z.iso.datetime(),
    recordedAt: z.iso.datetime(),
    actor: z.object({
      kind: text,
      id: text,
      role: textOrNull,
      level: textOrNull,
      onBehalfOf: textOrNull,
    }),
    origin: z.object({
      channel: text,
      address: textOrNull.describe('Keyed commitment to the client address'),
      userAgent: textOrNull.describe('Keyed digest of the user agent'),
      requestId: text,
      traceId: text,
    }),
    action: text,
    resource: z.object({ kind: text, id: text }).nullable(),
    subject: textOrNull,
    case: textOrNull,
    purpose: textOrNull,
    assurance: z.object({
      acr: text,
      amr: z.array(text),
      method: textOrNull,
      age: z.int().nullable().describe('Seconds since the assurance level was reached'),
    }),
    outcome: z.enum(outcomes),
    code: textOrNull,
    dataAccessed: z.array(text).describe('Names of the fields that were disclosed'),
    detail: z.unknown(),
    policy: z.object({ version: text, digest: text, rule: textOrNull }),
    retention: z.object({ class: text, expiresAt: z.iso.datetime() }),
    payloadCommitment: textOrNull,
    leafIndex: z.int().nullable().describe('Null until sealed'),
    eventHash: text.describe('SHA-256 of the canonical event, base64'),
  })
  .meta({ id: 'LedgerEvent' });

export type LedgerEventView = Readonly<Record<string, unknown>>;

export function viewOfEvent({ event, leafIndex, eventHash }: LedgerEvent): LedgerEventView {
  return { ...event, leafIndex, eventHash: eventHash.toString('base64') };
}
