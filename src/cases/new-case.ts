import { z } from 'zod';

import type { IdempotencyRequest } from '../ledger/index.js';
import { type Actor, channels, parseMoney, positiveMoneySchema } from '../platform/index.js';
import { caseTypes } from './case-type.js';
import { OpenDispute } from './dispute/open-dispute.command.js';
import { ReportFraud } from './fraud/report-fraud.command.js';
import { OpenCase } from './open-case.command.js';

const descriptionCharactersMax = 4_000;
const wordsCharactersMax = 500;
const customerNumber = z.string().regex(/^\d{1,20}$/);

/** `POST /v1/cases`: everything but the type is told as far as it is known. */
export const newCaseSchema = z
  .strictObject({
    type: z.enum(caseTypes),
    channel: z.enum(channels).exclude(['system']).default('api'),
    description: z.string().trim().min(1).max(descriptionCharactersMax).optional(),
    reason: z.string().trim().min(1).max(wordsCharactersMax).optional(),
    transactionId: z.uuid().optional(),
    merchant: z.string().trim().min(1).max(wordsCharactersMax).optional(),
    amount: positiveMoneySchema.optional(),
    occurredOn: z.iso.date().optional(),
    customerNumber: customerNumber.optional(),
    card: z
      .strictObject({
        number: z
          .string()
          .regex(/^[\d -]{12,25}$/)
          .optional()
          .meta({ description: 'Matched in memory; never stored.' }),
        lastFour: z
          .string()
          .regex(/^\d{4}$/)
          .optional(),
        customerNumber: customerNumber.optional(),
      })
      .optional(),
  })
  .meta({ id: 'NewCase' });
export type NewCaseInput = z.infer<typeof newCaseSchema>;

/** The command that takes this kind of notice. */
export function commandFor(
  { type, amount, card, ...told }: NewCaseInput,
  actor: Actor,
  idempotency: IdempotencyRequest | undefined,
): ReportFraud | OpenDispute | OpenCase {
  const money = amount && parseMoney(amount);
  switch (type) {
    case 'fraud': {
      const { number, ...rest } = card ?? {};
      const numbers = number === undefined ? [] : [number];
      const report = { ...told, amount: money, card: { numbers, ...rest } };
      return new ReportFraud(report, actor, idempotency);
    }
    case 'dispute':
      return new OpenDispute({ ...told, amount: money }, actor, idempotency);
    case 'complaint':
    case 'regulatory-inquiry':
    case 'violation':
    case 'ticket':
      return new OpenCase({ ...told, type }, actor, idempotency);
  }
}
