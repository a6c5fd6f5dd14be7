import { Command } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../../authority/index.js';
import { type Audited, receiptSchema } from '../../ledger/index.js';
import type { Actor } from '../../platform/index.js';
import { clientJwkSchema } from './client-key.js';
import { apiClientKeySchema } from './create-api-client.command.js';

export const addClientKeySchema = z
  .strictObject({ jwk: clientJwkSchema })
  .meta({ id: 'AddClientKey' });

export const addedClientKeySchema = apiClientKeySchema
  .extend({ receipt: receiptSchema })
  .meta({ id: 'AddedClientKey' });
export type AddedClientKey = z.output<typeof apiClientKeySchema>;

/** Adds a key to a client; the ones it has stay good, so that it can change over. */
@Authorized('api-client.add-key')
export class AddClientKey extends Command<Audited<AddedClientKey>> {
  constructor(
    readonly clientId: string,
    readonly input: z.infer<typeof addClientKeySchema>,
    readonly actor: Actor,
  ) {
    super();
  }
}
