import { Command } from '@nestjs/cqrs';

import { Authorized } from '../../authority/index.js';
import type { Audited } from '../../ledger/index.js';
import type { Actor } from '../../platform/index.js';

/** Removes a factor. */
@Authorized('authenticator.remove')
export class RemoveAuthenticator extends Command<Audited<object>> {
  constructor(
    readonly authenticatorId: string,
    readonly actor: Actor,
  ) {
    super();
  }
}
