import { Command } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../authority/index.js';
import {
  type AdvancedIndex,
  type Audited,
  type IdempotencyRequest,
  receiptSchema,
} from '../ledger/index.js';
import type { Actor } from '../platform/index.js';

export const committedIndexSchema = z
  .object({
    treeSize: z.int().describe('The index covers the entries below this size'),
    rootHash: z.base64(),
    keys: z.int().describe('Subjects and cases with at least one event'),
    receipt: receiptSchema,
  })
  .meta({ id: 'CommittedIndex' });

/** Brings the index of subjects and cases up to the newest checkpoint and commits to it. */
@Authorized('ledger.commit-index')
export class CommitIndex extends Command<Audited<AdvancedIndex>> {
  constructor(
    readonly actor: Actor,
    readonly idempotency: IdempotencyRequest | undefined,
  ) {
    super();
  }
}
