import { soak } from '../../bench/soak/soak.js';

const loader = new URL('../support/typescript-loader.mjs', import.meta.url).pathname;
const program = new URL('../../bench/soak/soak-process.ts', import.meta.url).pathname;

/** The short form of `npm run soak:ledger`, on a database server of its own, which is killed too. */
describe('sealing while processes and the database die', () => {
  it('seals every acknowledged and every committed event exactly once', async () => {
    const soaked = await soak({
      events: 2_400,
      processes: 4,
      kills: { sealers: 1, quietSealers: 1, writers: 1, database: 1 },
      program: ['--import', loader, program],
    });

    expect(soaked.acknowledged).toBeGreaterThanOrEqual(2_400);
    expect(soaked).toMatchObject({ lost: [], unsealed: 0, sealedTwice: 0 });
    expect(soaked.disturbances.map(({ killed }) => killed)).toEqual([
      'writer',
      'sealer',
      'database',
      'quiet sealer',
    ]);
    expect(soaked.rollbacks).toBeGreaterThan(0);
    expect(soaked.refusals).toBeGreaterThan(0);
    expect(soaked.longTransactions).toBeGreaterThan(0);
    expect(soaked.entries).toBe(soaked.recorded);
    expect(soaked.verification).toMatchObject({ isSound: true, damages: [], pending: 0 });
  }, 180_000);
});
