import { z } from 'zod';

import { assuranceLevels } from '../platform/index.js';

const amrMax = 20;
const nameCharactersMax = 64;

const common = {
  sub: z.uuid(),
  jti: z.uuid(),
  iat: z.int(),
  exp: z.int(),
};

const personClaimsSchema = z.object({
  ...common,
  kind: z.enum(['customer', 'guest', 'staff']),
  sid: z.uuid(),
  acr: z.enum(assuranceLevels),
  amr: z.array(z.string().max(nameCharactersMax)).max(amrMax),
  method: z.string().max(nameCharactersMax).nullable(),
  /** Seconds since 1970; 0 for a guest who proved nothing. */
  auth_time: z.int().nonnegative(),
});

const clientClaimsSchema = z.object({
  ...common,
  kind: z.literal('client'),
  client_id: z.uuid(),
  /** The registered key that the client signed with: the token ends with it. */
  client_key: z.uuid(),
  /** Separated by spaces (RFC 6749 §3.3). */
  scope: z.string().regex(/^[a-z-]+( [a-z-]+)*$/),
});

export const claimsSchema = z.discriminatedUnion('kind', [personClaimsSchema, clientClaimsSchema]);
export type PersonClaims = z.output<typeof personClaimsSchema>;
export type ClientClaims = z.output<typeof clientClaimsSchema>;
/** What a verified token says (RFC 9068, RFC 8176, OpenID Connect Core §2). */
export type AccessTokenClaims = z.output<typeof claimsSchema>;
export type TokenKind = AccessTokenClaims['kind'];
