import { Command } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../../authority/index.js';
import { type Audited, receiptSchema } from '../../ledger/index.js';
import type { Actor } from '../../platform/index.js';

const parameter = z.string().max(8192).optional();

/** A token request as it comes; members that are not known are ignored (RFC 6749 §3.2). */
export const issueClientTokenSchema = z
  .looseObject({
    grant_type: parameter,
    scope: parameter,
    client_id: parameter,
    client_assertion_type: parameter,
    client_assertion: parameter,
  })
  .meta({ id: 'ClientTokenRequest' });

export const issuedClientTokenSchema = z
  .object({
    access_token: z.string(),
    token_type: z.literal('Bearer'),
    expires_in: z.int().describe('Seconds'),
    scope: z.string(),
    receipt: receiptSchema,
  })
  .meta({ id: 'ClientToken' });
export type IssuedClientToken = Omit<z.output<typeof issuedClientTokenSchema>, 'receipt'>;

/** Gives an integration client a token for a signed assertion (RFC 6749 §4.4, RFC 7523 §2.2). */
@Authorized('client-token.create')
export class IssueClientToken extends Command<Audited<IssuedClientToken>> {
  constructor(
    readonly input: z.infer<typeof issueClientTokenSchema>,
    readonly actor: Actor,
  ) {
    super();
  }
}
