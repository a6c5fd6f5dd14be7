import { Command } from '@nestjs/cqrs';

import { Authorized } from '../../authority/index.js';
import type { Audited, IdempotencyRequest } from '../../ledger/index.js';
import type { Actor, Channel, ConversationId } from '../../platform/index.js';
import type { CaseSummary } from '../case-view.js';
import type { DisputeFacts } from './dispute-facts.js';

export interface DisputeNotice extends DisputeFacts {
  readonly channel: Channel;
  readonly conversationId?: ConversationId | null | undefined;
}

export interface DisputeOpened {
  readonly case: CaseSummary;
}

/** Takes notice of an error from anybody; what is missing is asked for afterwards (12 CFR 1005.11(b)(1)). */
@Authorized('dispute.open')
export class OpenDispute extends Command<Audited<DisputeOpened>> {
  constructor(
    readonly input: DisputeNotice,
    readonly actor: Actor,
    readonly idempotency?: IdempotencyRequest,
  ) {
    super();
  }
}
