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

/** How the request came: which version of the case it was meant for, and under which key. */
export interface ReleaseConditions {
  /** The `If-Match` header; null where none was sent. */
  readonly ifMatch: string | null;
  readonly idempotency: IdempotencyRequest | undefined;
}

/** Undoes a protective measure: by the holder, proven to `aal2`, or by staff who reviewed it. */
@Authorized('containment.release')
export class ReleaseContainment extends Command<Audited<ReleasedContainment>> {
  constructor(
    readonly input: ContainmentRelease,
    readonly actor: Actor,
    readonly conditions: ReleaseConditions,
  ) {
    super();
  }
}
