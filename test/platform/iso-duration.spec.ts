import { parseDuration } from '../../src/platform/iso-duration.js';

const day = 86_400_000;

describe('parseDuration', () => {
  it.each([
    ['P9D', 9 * day],
    ['P2W', 14 * day],
    ['P1DT2H3M4S', day + 7_384_000],
    ['PT15M', 900_000],
    ['PT0S', 0],
  ])('reads %s', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each(['', 'P', 'PT', 'P1DT', '9D', 'P-9D', 'P1Y', 'P1M', 'P1.5D', 'p9d', 'P99999D', 'P9D '])(
    'refuses %j',
    (text) => {
      expect(parseDuration(text)).toBeNull();
    },
  );
});
