import type { Problem } from '../platform/index.js';
import type { Decision } from '../policy/index.js';
import { authorityProblems } from './authority.problems.js';

/**
 * The problem of a decision that does not let the action go on. Where the action has no approval
 * path, needing one is a denial.
 */
export function refusalOf(decision: Decision): Problem {
  switch (decision.kind) {
    case 'deny':
    case 'step_up':
      return decision.problem;
    case 'approval':
    case 'permit':
      return authorityProblems['authority.denied']();
  }
}
