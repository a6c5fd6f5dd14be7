import { z } from 'zod';

import { caseSummarySchema } from '../cases/index.js';
import { receiptSchema } from '../ledger/index.js';
import { moneySchema } from '../platform/index.js';

/** How a message ended for the person who sent it. */
export const messageOutcomes = [
  'answered',
  'verification_required',
  'details_required',
  'case_opened',
  'handed_off',
  'refused',
] as const;
export type MessageOutcome = (typeof messageOutcomes)[number];

export const redactionSchema = z.strictObject({
  kind: z.string(),
  start: z.int().describe('UTF-16 units in the redacted text'),
  end: z.int().describe('UTF-16 units in the redacted text'),
});

export const classificationSchema = z
  .strictObject({
    intent: z.string(),
    confidence: z.number().min(0).max(1),
    alternatives: z.array(z.strictObject({ intent: z.string(), confidence: z.number() })),
    language: z.string(),
    urgency: z.enum(['low', 'normal', 'high', 'critical']),
    sentiment: z.number().min(-1).max(1),
    entities: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Classification' });

const challengeSchema = z.object({
  id: z.uuid().optional(),
  method: z.string().optional(),
  destination: z.string().optional().describe('masked: **34'),
  expiresAt: z.string().optional(),
  attemptsLeft: z.int().optional(),
  resendAt: z.string().optional(),
});

const balanceSchema = z.strictObject({
  kind: z.literal('balance'),
  account: z.strictObject({ id: z.uuid(), masked: z.string() }),
  available: moneySchema,
  current: moneySchema,
  transactions: z.array(
    z.strictObject({
      id: z.uuid(),
      postedOn: z.string(),
      merchant: z.string(),
      amount: moneySchema,
    }),
  ),
});

const disputedTransactionsSchema = z.strictObject({
  kind: z.literal('dispute-transaction'),
  case: z.strictObject({ id: z.uuid(), number: z.string() }),
  transactions: z.array(
    z.strictObject({
      id: z.uuid(),
      postedOn: z.string(),
      merchant: z.string(),
      amount: moneySchema,
      accountMasked: z.string(),
    }),
  ),
});

/** The answer to one message, also what a verified code resumes. */
export const messageAnswerSchema = z
  .strictObject({
    message: z.strictObject({
      id: z.uuid(),
      text: z.string(),
      redactions: z.array(redactionSchema),
      receivedAt: z.string(),
    }),
    classification: classificationSchema,
    outcome: z.enum(messageOutcomes),
    code: z.string().optional(),
    reply: z.strictObject({
      text: z.string(),
      templateId: z.string(),
      templateVersion: z.string(),
      disclaimerIds: z.array(z.string()),
    }),
    challenge: challengeSchema.optional(),
    case: caseSummarySchema.optional(),
    handoff: z.strictObject({ id: z.uuid(), reason: z.string(), queue: z.string() }).optional(),
    data: z.union([balanceSchema, disputedTransactionsSchema]).optional(),
    accessToken: z.string().optional(),
    receipt: receiptSchema,
  })
  .meta({ id: 'MessageAnswer' });

export type MessageAnswer = z.infer<typeof messageAnswerSchema>;
/** The answer before its event committed. */
export type AnsweredMessage = Omit<MessageAnswer, 'receipt'>;
export type AnswerData = NonNullable<MessageAnswer['data']>;
export type CaseSummary = NonNullable<MessageAnswer['case']>;
