import { Command } from '@nestjs/cqrs';

import { Authorized } from '../../authority/index.js';
import type { Audited } from '../../ledger/index.js';
import type { Actor } from '../../platform/index.js';

/** Removes a key of a client; its tokens of that key end at once. */
@Authorized('api-client.remove-key')
export class RemoveClientKey extends Command<Audited<object>> {
  constructor(
    readonly clientId: string,
    readonly keyId: string,
    readonly actor: Actor,
  ) {
    super();
  }
}
