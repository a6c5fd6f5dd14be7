import { z } from 'zod';

import type { CaseId } from '../platform/index.js';
import { casePriorities, type CasePriority, type CaseType, caseTypes } from './case-type.js';
import type { Case } from './case.entity.js';

/** What everybody who may know of a case may see of it. */
export interface CaseSummary {
  readonly id: CaseId;
  readonly number: string;
  readonly type: CaseType;
  readonly priority: CasePriority;
  /** In the order of asking. */
  readonly missingFields: readonly string[];
}

export function caseSummary({ id, number, type, priority, missingFields }: Case): CaseSummary {
  return { id, number, type, priority, missingFields };
}

export const caseSummarySchema = z
  .object({
    id: z.uuid(),
    number: z.string().meta({ examples: ['FRAUD-2026-0001'] }),
    type: z.enum(caseTypes),
    priority: z.enum(casePriorities),
    missingFields: z.array(z.string()),
  })
  .meta({ id: 'CaseSummary' });

export const caseItemSchema = z
  .object({
    ...caseSummarySchema.shape,
    status: z.string(),
    queue: z.string(),
    flags: z.array(z.string()),
    channel: z.string(),
    receivedAt: z.iso.datetime(),
    escalatedAt: z.iso.datetime().nullable(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'CaseItem' });
export type CaseItem = z.infer<typeof caseItemSchema>;

/** Flags that say what the bank knows of a customer's transactions, and whether it said anything. */
export const bankFlags: readonly string[] = [
  'transaction_mismatch',
  'duplicate',
  'bank_unavailable',
];

/** Progress of a case; what follows from accounts or transactions only to those who may see these. */
export function caseItem(about: Case, maySeeBankFacts: boolean): CaseItem {
  const { status, queue, flags, channel } = about;
  return {
    ...caseSummary(about),
    missingFields: [...about.missingFields],
    status,
    queue,
    flags: flags.filter((flag) => maySeeBankFacts || !bankFlags.includes(flag)),
    channel,
    receivedAt: about.receivedAt.toISOString(),
    escalatedAt: about.escalatedAt?.toISOString() ?? null,
    updatedAt: about.updatedAt.toISOString(),
  };
}
