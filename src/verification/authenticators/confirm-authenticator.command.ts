import { Command } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../../authority/index.js';
import { type Audited, receiptSchema } from '../../ledger/index.js';
import type { Actor } from '../../platform/index.js';

export const confirmAuthenticatorSchema = z
  .strictObject({ code: z.string().min(1).max(64) })
  .meta({ id: 'ConfirmAuthenticator' });

const confirmedSchema = z.object({
  id: z.uuid(),
  method: z.string(),
  state: z.literal('active'),
  countsForMoneyAt: z.iso.datetime().describe('From when it may confirm that money moves'),
});
export type ConfirmedAuthenticator = z.output<typeof confirmedSchema>;

export const confirmedAuthenticatorSchema = confirmedSchema
  .extend({ receipt: receiptSchema })
  .meta({ id: 'ConfirmedAuthenticator' });

/** Shows by a first code that the customer's app has the secret. */
@Authorized('authenticator.confirm')
export class ConfirmAuthenticator extends Command<Audited<ConfirmedAuthenticator>> {
  constructor(
    readonly authenticatorId: string,
    readonly input: z.infer<typeof confirmAuthenticatorSchema>,
    readonly actor: Actor,
  ) {
    super();
  }
}
