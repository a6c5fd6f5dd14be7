import { Command } from '@nestjs/cqrs';
import { z } from 'zod';

import { Authorized } from '../../../authority/index.js';
import type { Audited } from '../../../ledger/index.js';
import type { Actor } from '../../../platform/index.js';
import type { CreatedStaffSession } from '../verify-staff-factor.command.js';

const tokenCharactersMax = 128;
const codeCharactersMax = 2048;

export const completeOidcSignInSchema = z
  .strictObject({
    loginToken: z.string().min(1).max(tokenCharactersMax),
    code: z.string().min(1).max(codeCharactersMax),
    state: z.string().min(1).max(tokenCharactersMax),
    iss: z.url().max(codeCharactersMax).optional().describe('As the provider sent it (RFC 9207)'),
  })
  .meta({ id: 'CompleteOidcSignIn' });

/** Exchanges the provider's answer for a session of ours. */
@Authorized('staff-session.complete-oidc')
export class CompleteOidcSignIn extends Command<Audited<CreatedStaffSession>> {
  constructor(
    readonly input: z.infer<typeof completeOidcSignInSchema>,
    readonly actor: Actor,
  ) {
    super();
  }
}
