import {
  caseTransitions,
  firstStatus,
  isEnded,
  nextStatuses,
} from '../../src/cases/case-status.js';
import { caseTypes, formatCaseNumber } from '../../src/cases/case-type.js';
import { containmentTransitions } from '../../src/cases/containment/containment-state.js';
import { Containment } from '../../src/cases/containment/containment.entity.js';
import { deadlineTransitions } from '../../src/cases/deadline/deadline-state.js';

/** Every status that can be reached from the first. */
function reachable(table: Readonly<Record<string, readonly string[]>>, from: string): Set<string> {
  const found = new Set([from]);
  for (const status of found) table[status]!.forEach((next) => found.add(next));
  return found;
}

describe('The status tables', () => {
  it.each(caseTypes)(
    'of %s lead from the first status to every other, and nowhere unknown',
    (type) => {
      const table = caseTransitions[type];
      expect([...reachable(table, firstStatus[type])].sort()).toEqual(Object.keys(table).sort());
    },
  );

  it('end where nothing may follow', () => {
    expect(nextStatuses('fraud', 'closed')).toEqual([]);
    expect(isEnded('fraud', 'closed')).toBe(true);
    expect(isEnded('dispute', 'noticed')).toBe(false);
  });

  it('let no released containment and no met deadline live again', () => {
    expect(containmentTransitions.released).toEqual([]);
    expect(deadlineTransitions.met).toEqual([]);
    expect(deadlineTransitions.superseded).toEqual([]);
  });

  it('refuse a containment every step that the table does not have', () => {
    const states = Object.keys(containmentTransitions) as (keyof typeof containmentTransitions)[];
    for (const from of states) {
      for (const to of states) {
        const containment = Object.assign(new Containment(), { state: from });
        const step = (): void => containment.moveTo(to, new Date());
        if (containmentTransitions[from].includes(to)) expect(step).not.toThrow();
        else expect(step).toThrow();
      }
    }
  });
});

describe('formatCaseNumber', () => {
  it('has four digits, and more where they do not suffice', () => {
    expect(formatCaseNumber('dispute', 2026, 17)).toBe('DISP-2026-0017');
    expect(formatCaseNumber('fraud', 2026, 12_345)).toBe('FRAUD-2026-12345');
  });
});
