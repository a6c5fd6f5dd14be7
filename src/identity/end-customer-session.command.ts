import { Command } from '@nestjs/cqrs';

import { Authorized } from '../authority/index.js';
import type { Audited } from '../ledger/index.js';
import type { Actor } from '../platform/index.js';

/** Ends the session that the request came with. */
@Authorized('customer-session.end')
export class EndCustomerSession extends Command<Audited<object>> {
  constructor(readonly actor: Actor) {
    super();
  }
}
