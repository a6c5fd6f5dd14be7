import { Command } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../../authority/index.js';
import { type Audited, receiptSchema } from '../../ledger/index.js';
import type { Actor } from '../../platform/index.js';
import { clientJwkSchema } from './client-key.js';

const nameCharactersMax = 100;
const scopesMax = 20;

export const createApiClientSchema = z
  .strictObject({
    name: z
      .string()
      .trim()
      .min(1)
      .max(nameCharactersMax)
      .describe('What the client is for, not whose'),
    scopes: z
      .array(z.string().regex(/^[a-z]+(-[a-z]+)*$/, 'must be the name of a scope'))
      .min(1)
      .max(scopesMax),
    jwk: clientJwkSchema,
  })
  .meta({ id: 'CreateApiClient' });

export const apiClientKeySchema = z
  .object({ id: z.uuid(), kid: z.string(), createdAt: z.iso.datetime() })
  .meta({ id: 'ApiClientKey' });

export const apiClientSchema = z
  .object({
    id: z.uuid().describe('The `client_id`'),
    name: z.string(),
    scopes: z.array(z.string()),
    createdAt: z.iso.datetime(),
    revokedAt: z.iso.datetime().nullable(),
    keys: z.array(apiClientKeySchema),
  })
  .meta({ id: 'ApiClient' });
export type ApiClientView = z.output<typeof apiClientSchema>;

export const createdApiClientSchema = apiClientSchema
  .extend({ receipt: receiptSchema })
  .meta({ id: 'CreatedApiClient' });

/** Registers an integration client with its first key. */
@Authorized('api-client.create')
export class CreateApiClient extends Command<Audited<ApiClientView>> {
  constructor(
    readonly input: z.infer<typeof createApiClientSchema>,
    readonly actor: Actor,
  ) {
    super();
  }
}
