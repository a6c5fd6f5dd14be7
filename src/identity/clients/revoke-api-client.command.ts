import { Command } from '@nestjs/cqrs';

import { Authorized } from '../../authority/index.js';
import type { Audited } from '../../ledger/index.js';
import type { Actor } from '../../platform/index.js';

/** Revokes a client for good; its tokens end at once. */
@Authorized('api-client.revoke')
export class RevokeApiClient extends Command<Audited<object>> {
  constructor(
    readonly clientId: string,
    readonly actor: Actor,
  ) {
    super();
  }
}
