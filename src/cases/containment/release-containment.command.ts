import { Command } from '@nestjs/cqrs';

import { Authorized } from '../../authority/index.js';
import type { Audited, IdempotencyRequest } from '../../ledger/index.js';
import type { Actor } from '../../platform/index.js';
import type { ContainmentView } from './containment-view.js';

export interface ContainmentRelease {
  readonly caseId: string;
  readonly containmentId: string;
}

export interface ReleasedContainment {
  readonly containment: ContainmentView;
}

/** Undoes a protective measure: by the holder, proven to `aal2`, or by staff who reviewed it. */
@Authorized('containment.release')
export class ReleaseContainment extends Command<Audited<ReleasedContainment>> {
  constructor(
    readonly input: ContainmentRelease,
    readonly actor: Actor,
    readonly idempotency: IdempotencyRequest | undefined,
  ) {
    super();
  }
}
