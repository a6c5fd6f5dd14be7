import { Command } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../../../authority/index.js';
import { type Audited, receiptSchema } from '../../../ledger/index.js';
import type { Actor } from '../../../platform/index.js';

export const begunOidcSignInSchema = z
  .object({
    authorizationUrl: z.string().describe('Where the browser goes'),
    loginToken: z.string().describe('Stays with the page that began; completes the sign-in once'),
    expiresAt: z.iso.datetime(),
    receipt: receiptSchema,
  })
  .meta({ id: 'BegunOidcSignIn' });

export interface BegunOidcSignIn {
  readonly authorizationUrl: string;
  readonly loginToken: string;
  readonly expiresAt: string;
}

/** Begins a sign-in at the company's provider. */
@Authorized('staff-session.begin-oidc')
export class BeginOidcSignIn extends Command<Audited<BegunOidcSignIn>> {
  constructor(readonly actor: Actor) {
    super();
  }
}
