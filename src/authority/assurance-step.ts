import { type Actor, meetsAssurance, type Problem } from '../platform/index.js';
import type { AssuranceRequirement } from '../policy/index.js';
import { authorityProblems } from './authority.problems.js';

const millisecondsPerSecond = 1_000;

/** Whether the actor's proof satisfies a requirement: strong enough, by an accepted method, fresh enough. */
export function satisfies(actor: Actor, requirement: AssuranceRequirement, now: Date): boolean {
  const { acr, method, authenticatedAt } = actor.assurance;
  if (!meetsAssurance(acr, requirement.acr)) return false;
  if (requirement.methods !== null && !requirement.methods.some((known) => known === method)) {
    return false;
  }
  return isFresh(authenticatedAt, requirement, now);
}

/** Whether a code by e-mail beside the bank's own login is all that the actor has, and fresh enough. */
export function satisfiesByEmail(
  actor: Actor,
  requirement: AssuranceRequirement,
  now: Date,
): boolean {
  const { acr, method, authenticatedAt } = actor.assurance;
  if (actor.kind !== 'customer' || method !== 'email' || !meetsAssurance(acr, 'aal1')) return false;
  return isFresh(authenticatedAt, requirement, now);
}

function isFresh(
  authenticatedAt: Date | null,
  { ageSecondsMax }: AssuranceRequirement,
  now: Date,
): boolean {
  if (ageSecondsMax === null) return true;
  if (authenticatedAt === null) return false;
  const age = now.getTime() - authenticatedAt.getTime();
  return age <= ageSecondsMax * millisecondsPerSecond;
}

/** 401 with the challenge of RFC 9470 §3. */
export function insufficientAssurance(requirement: AssuranceRequirement): Problem {
  const { acr, ageSecondsMax } = requirement;
  const parameters = [
    'error="insufficient_user_authentication"',
    'error_description="Stronger or fresher proof of identity is required"',
    `acr_values="${acr}"`,
    ...(ageSecondsMax === null ? [] : [`max_age="${ageSecondsMax}"`]),
  ];
  return authorityProblems['assurance.insufficient']({
    requiredAssurance: { acr, maxAgeSeconds: ageSecondsMax },
    headers: { 'WWW-Authenticate': `Bearer ${parameters.join(', ')}` },
  });
}
