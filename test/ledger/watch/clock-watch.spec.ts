import { ClockWatch } from '../../../src/ledger/watch/clock-watch.js';

const noon = Date.UTC(2026, 10, 21, 12);

/** All three clocks `seconds` later, and what somebody did to two of them, in seconds. */
function after(seconds: number, set: { service?: number; database?: number } = {}) {
  const passed = seconds * 1_000;
  return {
    monotonic: 5_000 + passed,
    service: noon + passed + (set.service ?? 0) * 1_000,
    database: noon + passed + (set.database ?? 0) * 1_000,
  };
}

describe('ClockWatch', () => {
  it('says nothing of clocks that go on together, however long nobody looked', () => {
    const watch = new ClockWatch();
    expect([0, 1, 2, 3_600].flatMap((seconds) => watch.observe(after(seconds)))).toEqual([]);
  });

  it.each([
    ['back', -90],
    ['forward', 90],
  ])('names the clock that was set %s, and that the two are apart now', (_, seconds) => {
    const watch = new ClockWatch();
    watch.observe(after(0));
    expect(watch.observe(after(1, { service: seconds }))).toEqual([
      { clock: 'service', milliseconds: seconds * 1_000 },
      { clock: 'between', milliseconds: -seconds * 1_000 },
    ]);
    expect(watch.observe(after(2, { service: seconds }))).toEqual([]);
    expect(watch.drift).toBe(-seconds * 1_000);
  });

  it('names both where the machine under both was set', () => {
    const watch = new ClockWatch();
    watch.observe(after(0));
    const changes = watch.observe(after(1, { service: -60, database: -60 }));
    expect(changes.map(({ clock }) => clock)).toEqual(['service', 'database']);
  });

  it('tells once that clocks have drifted apart, and again after they had met', () => {
    const watch = new ClockWatch();
    const drifts = [0, 0.9, 1.8, 2.4, 2.9, 2.1, 1.2, 1.9, 2.6];
    const told = drifts.map((database, at) => watch.observe(after(at, { database })).length);
    expect(told).toEqual([0, 0, 0, 1, 0, 0, 0, 0, 1]);
  });
});
