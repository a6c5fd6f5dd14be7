import { Command } from '@nestjs/cqrs';

import { Authorized } from '../authority/index.js';
import type { Audited, IdempotencyRequest } from '../ledger/index.js';
import type { Actor } from '../platform/index.js';
import type { ChallengeView } from './challenge-view.js';

/** Asks for a fresh code. It forgets no failure. */
@Authorized('challenge.resend')
export class ResendChallenge extends Command<Audited<ChallengeView>> {
  constructor(
    readonly challengeId: string,
    readonly actor: Actor,
    readonly idempotency?: IdempotencyRequest,
  ) {
    super();
  }
}
