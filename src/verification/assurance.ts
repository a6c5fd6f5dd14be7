import { type AssuranceLevel, meetsAssurance } from '../platform/index.js';
import type { Policies, VerificationMethod } from '../policy/index.js';

/** Kinds of factor (NIST SP 800-63B-4 §2): two different ones together make `aal2`, two of a kind do not. */
type FactorKind = 'knowledge' | 'possession';

/**
 * What each authentication method reference (RFC 8176 §2) proves. E-mail proves no possession
 * (§3.1.3.1). A question about oneself (`kba`) is no authenticator, and a biometric alone none either
 * (§3.2.3): neither stands here.
 */
const kindOfReference = new Map<string, FactorKind | null>([
  ['pin', 'knowledge'],
  ['pwd', 'knowledge'],
  ['sms', 'possession'],
  ['otp', 'possession'],
  ['hwk', 'possession'],
  ['swk', 'possession'],
  ['sc', 'possession'],
  ['email', null],
]);

/** The reference that a method adds to a session's `amr`. */
const referenceOfMethod: Readonly<Partial<Record<VerificationMethod, string>>> = {
  sms: 'sms',
  totp: 'otp',
  'recovery-code': 'otp',
  email: 'email',
};

/** The assurance that the methods used add up to; a reference that nobody knows adds nothing. */
export function assuranceOf(amr: readonly string[]): AssuranceLevel {
  const known = amr.filter((reference) => kindOfReference.has(reference));
  const kinds = new Set(known.map((reference) => kindOfReference.get(reference)).filter(Boolean));
  if (kinds.size >= 2) return 'aal2';
  return known.length > 0 ? 'aal1' : 'aal0';
}

/** Whether policy offers a method to an actor of this kind; a guest whom it raises to nothing is not offered it. */
export function isOffered(
  method: VerificationMethod,
  kind: 'customer' | 'guest',
  { methods }: Policies['assurance'],
): boolean {
  const rule = methods.find((candidate) => candidate.method === method);
  if (!rule?.offered) return false;
  return reachOf(rule, kind) !== 'aal0';
}

/** Whether nothing that is offered to this kind of actor raises them further than this method does. */
export function reachesMost(
  method: VerificationMethod,
  kind: 'customer' | 'guest',
  { methods }: Policies['assurance'],
): boolean {
  const rule = methods.find((candidate) => candidate.method === method);
  if (!rule) return false;
  const offered = methods.filter((other) => other.offered);
  return offered.every((other) => meetsAssurance(reachOf(rule, kind), reachOf(other, kind)));
}

/** What a session reaches when `method` joins what it has proven, and at most what policy allows the method. */
export function raisedBy(
  method: VerificationMethod,
  session: { readonly kind: 'customer' | 'guest'; readonly amr: readonly string[] },
  { methods }: Policies['assurance'],
): { acr: AssuranceLevel; amr: readonly string[] } {
  const rule = methods.find((candidate) => candidate.method === method);
  const reference = referenceOfMethod[method];
  if (!rule || reference === undefined) throw new Error(`No rule for the method ${method}`);
  const amr = [...new Set([...session.amr, reference])];
  const most = reachOf(rule, session.kind);
  const proven = assuranceOf(amr);
  return { acr: meetsAssurance(most, proven) ? proven : most, amr };
}

function reachOf(
  { raisesTo, guestRaisesTo }: Policies['assurance']['methods'][number],
  kind: 'customer' | 'guest',
): AssuranceLevel {
  return kind === 'guest' ? guestRaisesTo : raisesTo;
}
