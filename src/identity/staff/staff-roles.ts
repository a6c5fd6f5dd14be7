import { inputInvalid, type Level, levels, type Problem } from '../../platform/index.js';
import type { AuthorityPolicy } from '../../policy/index.js';
import type { StaffRoles } from './staff-directory.js';

/** Roles in the order of policy, each once, with the highest level that one of them carries. */
export function rolesOf(policy: AuthorityPolicy, named: readonly string[]): StaffRoles {
  const known = policy.roles.filter(({ id, kind }) => kind === 'staff' && named.includes(id));
  const held = known.map(({ level }) => level).filter((level) => level !== null);
  const level: Level | null = levels.findLast((one) => held.includes(one)) ?? null;
  return { roles: known.map(({ id }) => id), level };
}

/** `input.invalid` where a role is none of staff's in policy; null where all are. */
export function unknownRole(policy: AuthorityPolicy, named: readonly string[]): Problem | null {
  const known = new Set(rolesOf(policy, named).roles);
  const issues = named.flatMap((role, index) =>
    known.has(role) ? [] : [{ path: ['roles', index], message: 'is no role of staff' }],
  );
  return issues.length === 0 ? null : inputInvalid(issues);
}
