import { describe, expect, it } from '@jest/globals';

import { intervalOf, periodSchema } from '../../src/reports/period.js';

describe('Period', () => {
  it('reads a quarter as three months of UTC, the end not included', () => {
    expect(intervalOf(periodSchema.parse('2026-Q4'))).toEqual({
      from: new Date('2026-10-01T00:00:00Z'),
      to: new Date('2027-01-01T00:00:00Z'),
    });
  });

  it.each(['2026-Q5', '2026', { from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' }])(
    'refuses %j',
    (period) => {
      expect(periodSchema.safeParse(period).success).toBe(false);
    },
  );
});
