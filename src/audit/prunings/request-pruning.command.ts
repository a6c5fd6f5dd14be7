import { Command } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../../authority/index.js';
import { type Audited, type IdempotencyRequest, receiptSchema } from '../../ledger/index.js';
import type { Actor } from '../../platform/index.js';

/** Entries [from, to) of the log that are archived and let go after the answer. */
export interface RequestedPruning {
  readonly from: number;
  readonly to: number;
}

export const requestedPruningSchema = z
  .strictObject({
    from: z.int().nonnegative(),
    to: z.int().positive().describe('Not part of it'),
    receipt: receiptSchema,
  })
  .meta({ id: 'RequestedPruning' });

/** Lets the oldest stretch of the log go into its archive, once all of it has expired. */
@Authorized('ledger.prune')
export class RequestPruning extends Command<Audited<RequestedPruning>> {
  constructor(
    readonly actor: Actor,
    readonly idempotency: IdempotencyRequest | undefined,
  ) {
    super();
  }
}
