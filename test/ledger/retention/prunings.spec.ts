import { readPrunings, readThrough } from '../../../src/ledger/index.js';

const origin = 'bank.example/ledger';
const detail = {
  origin,
  from: 256,
  to: 512,
  root: Buffer.alloc(32).toString('base64'),
  archiveDigest: 'x',
};
const prunedBy = (...events: readonly string[]) =>
  readPrunings(
    readThrough({
      query: () => Promise.resolve(events.map((event) => ({ id: 'e', event, leaf_index: '600' }))),
    }),
    origin,
  );

describe('readPrunings', () => {
  it('reads what an event says has left, the oldest first', async () => {
    const before = { ...detail, from: 0, to: 256 };
    const found = await prunedBy(JSON.stringify({ detail }), JSON.stringify({ detail: before }));
    expect(found.map(({ from, to }) => [from, to])).toEqual([
      [0, 256],
      [256, 512],
    ]);
  });

  it.each([
    ['is no JSON', '{"detail":'],
    ['says nothing', 'null'],
    ['has no detail', '{}'],
    ['ends within a tile', JSON.stringify({ detail: { ...detail, to: 300 } })],
    [
      'is of a log that ended',
      JSON.stringify({ detail: { ...detail, origin: 'bank.example/ended' } }),
    ],
    ['begins before the log', JSON.stringify({ detail: { ...detail, from: -256 } })],
  ])('passes over an event that %s', async (_, event) => {
    expect(await prunedBy(event)).toEqual([]);
  });
});
