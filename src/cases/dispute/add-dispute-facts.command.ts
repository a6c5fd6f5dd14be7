import { Command } from '@nestjs/cqrs';

import { Authorized } from '../../authority/index.js';
import type { Audited, IdempotencyRequest } from '../../ledger/index.js';
import type { Actor } from '../../platform/index.js';
import type { DisputeFacts } from './dispute-facts.js';
import type { DisputeOpened } from './open-dispute.command.js';

export interface AddedDisputeFacts {
  readonly caseId: string;
  readonly facts: DisputeFacts;
}

/** Adds what a notice of error lacked; the clocks keep the day of the notice. */
@Authorized('dispute.add-facts')
export class AddDisputeFacts extends Command<Audited<DisputeOpened>> {
  constructor(
    readonly input: AddedDisputeFacts,
    readonly actor: Actor,
    readonly idempotency?: IdempotencyRequest,
  ) {
    super();
  }
}
