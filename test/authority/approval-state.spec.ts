import { ApprovalRequest } from '../../src/authority/approval/approval-request.entity.js';
import {
  approvalStates,
  approvalTransitions,
  isOpen,
} from '../../src/authority/approval/approval-state.js';
import { needsMore, tally } from '../../src/authority/approval/tally.js';

const now = new Date('2026-03-02T10:00:00Z');

describe('approvalTransitions', () => {
  const pairs = approvalStates.flatMap((from) => approvalStates.map((to) => [from, to] as const));

  it.each(pairs)('%s to %s happens only where the table says so', (from, to) => {
    const request = Object.assign(new ApprovalRequest(), { state: from, version: 1 });
    if (approvalTransitions[from].includes(to)) {
      request.moveTo(to, now);
      expect(request).toMatchObject({ state: to, version: 2 });
    } else {
      expect(() => request.moveTo(to, now)).toThrow('cannot become');
      expect(request).toMatchObject({ state: from, version: 1 });
    }
  });

  it('executes only what was approved, and takes votes only before', () => {
    expect(
      approvalStates.filter((state) => approvalTransitions[state].includes('executed')),
    ).toEqual(['approved']);
    expect(approvalStates.filter(isOpen)).toEqual(['requested', 'partially_approved']);
  });
});

describe('tally', () => {
  const requirement = {
    level: 'L3',
    groups: ['finance', 'legal'],
    approversMin: 1,
    rule: 'r',
    withinSeconds: null,
  } as const;
  const vote = (personId: string, groups: string[], level: 'L3' | null = null) =>
    ({ personId, groups, level, decision: 'approve' }) as const;

  it('needs a person of its own for each group and for the level', () => {
    const both = vote('a', ['finance', 'legal'], 'L3');
    expect(tally([both], requirement)).toBe('partially_approved');
    expect(tally([both, vote('b', ['finance'])], requirement)).toBe('partially_approved');
    expect(tally([both, vote('b', ['finance']), vote('c', [], 'L3')], requirement)).toBe(
      'approved',
    );
  });

  it('finds the seats in whatever order people voted', () => {
    const votes = [vote('a', ['finance', 'legal']), vote('b', ['finance']), vote('c', [], 'L3')];
    for (const turned of [votes, [...votes].reverse()]) {
      expect(tally(turned, requirement)).toBe('approved');
    }
  });

  it('is rejected by one rejection', () => {
    const votes = [vote('c', [], 'L3'), { ...vote('b', ['finance']), decision: 'reject' } as const];
    expect(tally(votes, requirement)).toBe('rejected');
  });

  it('sees what needs more than before', () => {
    expect(needsMore(requirement, requirement)).toBe(false);
    expect(needsMore({ ...requirement, level: 'L4' }, requirement)).toBe(true);
    expect(needsMore({ ...requirement, level: 'L2', groups: [] }, requirement)).toBe(false);
    expect(needsMore({ ...requirement, groups: ['finance', 'security'] }, requirement)).toBe(true);
    expect(needsMore({ ...requirement, approversMin: 2 }, requirement)).toBe(true);
  });
});
