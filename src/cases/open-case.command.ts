import { Command } from '@nestjs/cqrs';

import { Authorized } from '../authority/index.js';
import type { Audited, IdempotencyRequest } from '../ledger/index.js';
import type { Actor, Channel } from '../platform/index.js';
import type { CaseType } from './case-type.js';
import type { CaseSummary } from './case-view.js';

export interface NewMatter {
  readonly type: Exclude<CaseType, 'fraud' | 'dispute'>;
  readonly channel: Channel;
  readonly description?: string | undefined;
  /** The customer whom staff open it for. */
  readonly customerNumber?: string | undefined;
}

export interface OpenedCase {
  readonly case: CaseSummary;
}

/** Opens a complaint, inquiry, violation or ticket. */
@Authorized('case.open', 'case.open-internal')
export class OpenCase extends Command<Audited<OpenedCase>> {
  constructor(
    readonly input: NewMatter,
    readonly actor: Actor,
    readonly idempotency?: IdempotencyRequest,
  ) {
    super();
  }
}
