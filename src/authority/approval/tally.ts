import type { Level } from '../../platform/index.js';
import type { ApprovalRequirement } from '../../policy/index.js';
import { rankOf } from '../matrix.js';
import type { ApprovalState } from './approval-state.js';
import type { VoteDecision } from './approval-vote.entity.js';

export interface CountedVote {
  readonly personId: string;
  readonly level: Level | null;
  readonly groups: readonly string[];
  readonly decision: VoteDecision;
}

/**
 * Where the votes leave a request. One rejection rejects. Approval needs so many persons of the level
 * and one person of each group, all of them different persons.
 */
export function tally(
  votes: readonly CountedVote[],
  requirement: ApprovalRequirement,
): Extract<ApprovalState, 'partially_approved' | 'approved' | 'rejected'> {
  if (votes.some((vote) => vote.decision === 'reject')) return 'rejected';
  const { level, groups, approversMin } = requirement;
  const seats = [
    ...groups.map((group) => votes.filter((vote) => vote.groups.includes(group))),
    ...Array.from({ length: approversMin }, () =>
      votes.filter((vote) => rankOf(vote.level) >= rankOf(level)),
    ),
  ];
  return seated(seats, new Set()) ? 'approved' : 'partially_approved';
}

/** Whether every seat can be filled with a person of its own. Seats are few: the quorum and the groups. */
function seated(seats: readonly (readonly CountedVote[])[], taken: ReadonlySet<string>): boolean {
  const [seat, ...others] = seats;
  if (!seat) return true;
  return seat.some(
    ({ personId }) => !taken.has(personId) && seated(others, new Set([...taken, personId])),
  );
}

/** Whether `now` asks for consent that `then` did not: what was voted on no longer suffices. */
export function needsMore(now: ApprovalRequirement, then: ApprovalRequirement): boolean {
  return (
    rankOf(now.level) > rankOf(then.level) ||
    now.approversMin > then.approversMin ||
    now.groups.some((group) => !then.groups.includes(group))
  );
}
