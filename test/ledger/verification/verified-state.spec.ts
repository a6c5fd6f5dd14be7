import fc from 'fast-check';

import {
  formatVerifiedState,
  parseVerifiedState,
  type VerifiedState,
  VerifiedStateError,
} from '../../../src/ledger/verification/verified-state.js';

const hash = Buffer.alloc(32, 2);

describe('the memory of a verification', () => {
  const state: VerifiedState = {
    origin: 'bank.example/ledger',
    log: {
      treeSize: 700,
      rootHash: Buffer.alloc(32, 1),
      openTiles: [[Buffer.alloc(32, 2), Buffer.alloc(32, 3)], []],
    },
    checkpoint: null,
  };

  it('reads back as it was written', () => {
    expect(parseVerifiedState(formatVerifiedState(state))).toEqual(state);
  });

  it.each([
    ['fewer full tiles than its size has', [[hash]]],
    ['more of them', [[hash, hash, hash]]],
    ['as many on another level', [[], [hash, hash]]],
    ['a tile that should have become one above', [Array.from({ length: 256 }, () => hash)]],
  ])('is refused with %s', (_, openTiles) => {
    const treeSize = openTiles[0]?.length === 256 ? 65_536 : state.log.treeSize;
    const text = formatVerifiedState({ ...state, log: { ...state.log, treeSize, openTiles } });
    expect(() => parseVerifiedState(text)).toThrow(VerifiedStateError);
  });

  it('never throws anything but its own error', () => {
    const text = formatVerifiedState(state);
    const fields = fc.constantFrom('v', 'origin', 'treeSize', 'rootHash', 'tiles', 'checkpoint');
    fc.assert(
      fc.property(fields, fc.jsonValue(), fc.string(), (field, value, noise) => {
        for (const broken of [JSON.stringify({ ...JSON.parse(text), [field]: value }), noise]) {
          try {
            parseVerifiedState(broken);
          } catch (error) {
            expect(error).toBeInstanceOf(VerifiedStateError);
          }
        }
      }),
    );
  });
});
