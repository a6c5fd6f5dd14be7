import fc from 'fast-check';

import {
  formatVerifiedState,
  parseVerifiedState,
  type VerifiedState,
  VerifiedStateError,
} from '../../../src/ledger/verification/verified-state.js';

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
