import { Command } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../authority/index.js';
import type { Audited } from '../ledger/index.js';
import type { Actor } from '../platform/index.js';
import type { CreatedCustomerSession } from './create-customer-session.command.js';

export const refreshCustomerSessionSchema = z
  .strictObject({ refreshToken: z.string().min(1).max(128) })
  .meta({ id: 'RefreshCustomerSession' });

/** Gives a customer session fresh tokens. A refresh is no activity and no authentication. */
@Authorized('customer-session.refresh')
export class RefreshCustomerSession extends Command<Audited<CreatedCustomerSession>> {
  constructor(
    readonly input: z.infer<typeof refreshCustomerSessionSchema>,
    readonly actor: Actor,
  ) {
    super();
  }
}
