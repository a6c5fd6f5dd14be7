import { Command } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../authority/index.js';
import type { Audited, IdempotencyRequest } from '../ledger/index.js';
import type { Actor } from '../platform/index.js';
import { standards } from './checks/check.js';
import { periodSchema } from './period.js';

export const requestReportSchema = z
  .strictObject({
    standards: z.array(z.enum(standards)).min(1).max(standards.length),
    period: periodSchema,
    formats: z
      .array(z.enum(['json', 'csv', 'pdf', 'html']))
      .min(1)
      .max(4)
      .default(['json']),
  })
  .meta({ id: 'RequestReport' });

export interface RequestedReport {
  readonly id: string;
  readonly state: 'computing';
}

/** Asks for a compliance report; it is computed after the answer, from events sealed by then. */
@Authorized('report.create')
export class RequestReport extends Command<Audited<RequestedReport>> {
  constructor(
    readonly input: z.infer<typeof requestReportSchema>,
    readonly actor: Actor,
    readonly idempotency: IdempotencyRequest | undefined,
  ) {
    super();
  }
}
