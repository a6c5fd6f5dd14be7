import { Command } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../../authority/index.js';
import type { Audited, IdempotencyRequest } from '../../ledger/index.js';
import type { Actor } from '../../platform/index.js';

const keyBytes = 32;

export const requestExportSchema = z
  .strictObject({
    period: z
      .strictObject({ from: z.iso.datetime(), to: z.iso.datetime() })
      .refine(({ from, to }) => Date.parse(from) < Date.parse(to), {
        path: ['to'],
        error: 'must be later than from',
      })
      .describe('Events recorded from `from` up to, and not at, `to`')
      .optional(),
    caseId: z.uuid().toLowerCase().optional(),
    subject: z.uuid().toLowerCase().optional(),
    recipientKey: z
      .base64()
      .refine((value) => Buffer.from(value, 'base64').length === keyBytes, {
        error: 'must be 32 bytes in base64',
      })
      .optional()
      .describe('X25519 public key: the bundle is encrypted to it (npm run ledger:decrypt)'),
  })
  .refine((input) => [input.period, input.caseId, input.subject].filter(Boolean).length === 1, {
    error: 'must name one of period, caseId and subject',
  })
  .meta({ id: 'RequestLedgerExport' });

export interface RequestedExport {
  readonly id: string;
  readonly state: 'preparing';
  readonly expiresAt: string;
}

/** Asks for a bundle of audit events with everything that proves them; it is made after the answer. */
@Authorized('ledger.export')
export class RequestExport extends Command<Audited<RequestedExport>> {
  constructor(
    readonly input: z.infer<typeof requestExportSchema>,
    readonly actor: Actor,
    readonly idempotency: IdempotencyRequest | undefined,
  ) {
    super();
  }
}
