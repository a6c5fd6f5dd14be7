import { z } from 'zod';

import type { AuthorityPolicy, VerificationPolicy } from '../../../policy/index.js';
import type { StaffRoles } from '../staff-directory.js';
import { rolesOf } from '../staff-roles.js';

const valuesMax = 500;
const amrMax = 8;

const claimsSchema = z.looseObject({
  sub: z.string().min(1).max(255),
  auth_time: z.int().positive(),
  acr: z.string().optional(),
  amr: z
    .array(z.string().regex(/^[a-z]{2,12}$/))
    .max(amrMax)
    .default([]),
  email: z.email().max(254).optional(),
  email_verified: z.boolean().default(false),
});

/** Who the provider says signed in, in the terms of our policy. */
export interface MappedPerson {
  readonly subject: string;
  /** Null where the provider does not vouch for it. */
  readonly email: string | null;
  readonly authenticatedAt: Date;
  readonly amr: readonly string[];
  readonly roles: StaffRoles;
}

/** Why claims that are genuine are not enough. */
export type ClaimsFault = 'claims' | 'mfa' | 'unmapped';

/**
 * Maps the claims of a verified ID token by policy: multi-factor authentication must show in `acr`
 * or `amr`, and at least one value of the roles claim must be mapped. What is not mapped gives
 * nothing.
 */
export function mapClaims(
  claims: object,
  policy: VerificationPolicy['staffOidc'],
  authority: AuthorityPolicy,
): MappedPerson | ClaimsFault {
  const parsed = claimsSchema.safeParse(claims);
  if (!parsed.success) return 'claims';
  const { sub, auth_time: authTime, acr, amr, email, email_verified: isVerified } = parsed.data;
  const showsMfa =
    (acr !== undefined && policy.acrAccepted.includes(acr)) ||
    amr.some((method) => policy.amrAccepted.includes(method));
  if (!showsMfa) return 'mfa';
  const values = valuesOf(parsed.data[policy.rolesClaim]);
  const named = policy.mappings
    .filter(({ value }) => values.has(value))
    .flatMap(({ roles }) => roles);
  if (named.length === 0) return 'unmapped';
  return {
    subject: sub,
    email: email !== undefined && isVerified ? email : null,
    authenticatedAt: new Date(authTime * 1000),
    amr: amr.length > 0 ? amr : ['mfa'],
    roles: rolesOf(authority, named),
  };
}

/** A claim may be one text or a list of them; anything else names no role. */
function valuesOf(claim: unknown): ReadonlySet<string> {
  const list = Array.isArray(claim) ? claim.slice(0, valuesMax) : [claim];
  return new Set(list.filter((value) => typeof value === 'string'));
}
