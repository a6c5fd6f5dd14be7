import {
  formatEntryBundle,
  hashBytes,
  noPreviousLeafHash,
} from '../../../src/ledger/tree/index.js';
import { examineTile } from '../../../src/ledger/verification/examine-tile.js';
import { eventsOf, makeLog } from './published-fixture.js';

function storedTile(width: number) {
  const log = makeLog(eventsOf(width));
  return {
    firstIndex: 0,
    width,
    previousLeafHash: noPreviousLeafHash,
    bundle: formatEntryBundle(log.entries),
    hashes: Buffer.concat(log.leafHashes),
  };
}

function* flips(bytes: Buffer, step: number): Generator<[at: number, broken: Buffer]> {
  for (let at = 0; at < bytes.length; at += step) {
    const broken = Buffer.from(bytes);
    broken[at] = broken[at]! ^ 0x01;
    yield [at, broken];
  }
}

describe('examineTile', () => {
  it('finds nothing in tiles of every width', () => {
    for (let width = 1; width <= 256; width += 1) {
      const { damages, root } = examineTile(storedTile(width));
      expect([width, damages, root === null]).toEqual([width, [], width < 256]);
    }
  });

  it('finds every flipped byte of the tile and of the entries, all up to a width of 64', () => {
    for (const [width, step] of [
      [1, 1],
      [2, 1],
      [17, 1],
      [64, 1],
      [256, 97],
    ] as const) {
      const stored = storedTile(width);
      for (const [at, hashes] of flips(stored.hashes, step)) {
        const [damage] = examineTile({ ...stored, hashes }).damages;
        expect(damage?.leafIndex).toBe(Math.floor(at / hashBytes));
      }
      const missed = [...flips(stored.bundle, step)].filter(
        ([, bundle]) => examineTile({ ...stored, bundle }).damages.length === 0,
      );
      expect(missed).toEqual([]);
    }
  });

  it('tells a changed tile from a changed entry by what the next entry names', () => {
    const stored = storedTile(10);
    const hashes = Buffer.from(stored.hashes);
    hashes[5 * hashBytes] = hashes[5 * hashBytes]! ^ 0x01;
    expect(examineTile({ ...stored, hashes }).damages).toMatchObject([
      { kind: 'tile_changed', leafIndex: 5 },
    ]);
    const bundle = Buffer.from(
      stored.bundle.toString('latin1').replace('note 5', 'nota 5'),
      'latin1',
    );
    expect(examineTile({ ...stored, bundle }).damages).toMatchObject([
      { kind: 'entry_changed', leafIndex: 5 },
    ]);
  });

  it('names an entry that was hashed anew but is chained to another', () => {
    const stored = storedTile(3);
    const wrong = { ...stored, firstIndex: 256 };
    expect(examineTile(wrong).damages.map(({ kind }) => kind)).toEqual([
      'entry_out_of_place',
      'entry_out_of_place',
      'entry_out_of_place',
    ]);
  });
});
