import fc from 'fast-check';

import {
  EntryBundleError,
  foldHashes,
  formatEntry,
  formatEntryBundle,
  formatTilePath,
  isEntryAt,
  leafHash,
  nodeHash,
  noPreviousLeafHash,
  parseEntryBundle,
  parseTilePath,
  sliceOf,
  tileOf,
  TilePathError,
} from '../../../src/ledger/tree/index.js';
import { readVectors } from './vectors.js';

interface PathVectors {
  readonly indexPaths: readonly { readonly n: number; readonly path: string }[];
}

describe('the path of a tile', () => {
  it.each([
    [{ level: 0, index: 0, width: 256 }, 'tile/0/000'],
    [{ level: 0, index: 1_234_067, width: 256 }, 'tile/0/x001/x234/067'],
    [{ level: 2, index: 999, width: 8 }, 'tile/2/999.p/8'],
    [{ level: 'entries', index: 1_000, width: 1 }, 'tile/entries/x001/000.p/1'],
  ] as const)('of %j is %s and back', (tile, path) => {
    expect(formatTilePath(tile)).toBe(path);
    expect(parseTilePath(path)).toEqual(tile);
  });

  it.each([
    'tile/0/0',
    'tile/00/000',
    'tile/64/000',
    'tile/0/x000/001',
    'tile/0/001.p/0',
    'tile/0/001.p/256',
    'tile/0/001.p/08',
    'tile/0/001/',
    '/tile/0/001',
    'tile/-1/001',
    'tile/0/x1234/067',
  ])('is not %s', (path) => {
    expect(() => parseTilePath(path)).toThrow(TilePathError);
  });

  it('reads back for every tile, and no noise names one', () => {
    const tiles = fc.record({
      level: fc.integer({ min: 0, max: 63 }),
      index: fc.integer({ min: 0, max: 10 ** 12 }),
      width: fc.integer({ min: 1, max: 256 }),
    });
    fc.assert(
      fc.property(tiles, (tile) => expect(parseTilePath(formatTilePath(tile))).toEqual(tile)),
    );
    fc.assert(
      fc.property(fc.string(), (noise) =>
        expect(() => parseTilePath(noise)).toThrow(TilePathError),
      ),
    );
  });

  it('agrees with the published examples', () => {
    const vectors = readVectors<PathVectors>('tlog-tiles-paths.json');
    for (const { n, path } of vectors?.indexPaths ?? []) {
      expect(formatTilePath({ level: 0, index: n, width: 256 })).toBe(`tile/0/${path}`);
    }
    expect(vectors === null || vectors.indexPaths.length > 0).toBe(true);
  });
});

describe('a subtree', () => {
  it('is a slice of the tile that holds it', () => {
    expect(sliceOf({ level: 0, index: 300 })).toEqual({ level: 0, index: 1, start: 44, end: 45 });
    expect(sliceOf({ level: 3, index: 33 })).toEqual({ level: 0, index: 1, start: 8, end: 16 });
    expect(sliceOf({ level: 8, index: 1 })).toEqual({ level: 1, index: 0, start: 1, end: 2 });
  });

  it('folds into its root', () => {
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((text) => leafHash(Buffer.from(text))) as [
      Buffer,
      Buffer,
      Buffer,
      Buffer,
    ];
    expect(foldHashes(Buffer.concat([a, b, c, d]))).toEqual(
      nodeHash(nodeHash(a, b), nodeHash(c, d)),
    );
    expect(foldHashes(a)).toEqual(a);
  });
});

describe('an entry', () => {
  it('is canonical JSON around the event’s own bytes', () => {
    const entry = formatEntry(7, noPreviousLeafHash, '{"id":"x"}').toString();
    expect(entry).toBe(`{"event":{"id":"x"},"index":7,"prev":"${'0'.repeat(64)}","v":1}`);
  });

  it('is told from every other by its place, with any byte of that flipped', () => {
    const previous = leafHash(Buffer.from('x'));
    const entry = formatEntry(7, previous, '{"id":"x"}');
    expect(isEntryAt(entry, 7, previous)).toBe(true);
    expect(isEntryAt(entry, 8, previous)).toBe(false);
    expect(isEntryAt(entry, 7, noPreviousLeafHash)).toBe(false);
    const eventAt = entry.indexOf('{"id"');
    for (let at = 0; at < entry.length; at += 1) {
      const isOfEvent = at >= eventAt && at < eventAt + '{"id":"x"}'.length;
      const broken = Buffer.from(entry);
      broken[at] = broken[at]! ^ 0x80;
      // The event itself is bound by the leaf hash.
      expect([at, isEntryAt(broken, 7, previous)]).toEqual([at, isOfEvent]);
      expect(leafHash(broken)).not.toEqual(leafHash(entry));
    }
    expect(isEntryAt(Buffer.alloc(0), 7, previous)).toBe(false);
  });

  it('stands in a bundle behind its length, and comes out of it again', () => {
    const entries = [Buffer.from('ab'), Buffer.from('c'), Buffer.alloc(0)];
    const bundle = formatEntryBundle(entries);
    expect(bundle).toEqual(Buffer.from([0, 2, 0x61, 0x62, 0, 1, 0x63, 0, 0]));
    expect(parseEntryBundle(bundle, 3)).toEqual(entries);
    expect(() => formatEntryBundle([Buffer.alloc(65_536)])).toThrow(RangeError);
    for (let end = 0; end < bundle.length; end += 1) {
      expect(() => parseEntryBundle(bundle.subarray(0, end), 3)).toThrow(EntryBundleError);
    }
    for (const width of [0, 2, 4]) {
      expect(() => parseEntryBundle(bundle, width)).toThrow(EntryBundleError);
    }
  });

  it('comes out of noise as itself or not at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.integer({ max: 8 }), (noise, width) => {
        try {
          expect(formatEntryBundle(parseEntryBundle(Buffer.from(noise), width))).toEqual(
            Buffer.from(noise),
          );
        } catch (error) {
          expect(error).toBeInstanceOf(EntryBundleError);
        }
      }),
    );
  });
});

describe('the tile of a place', () => {
  it('has the widths that a tree of 70,000 leaves has (C2SP tlog-tiles)', () => {
    expect(tileOf(0, 272, 70_000)).toEqual({ level: 0, index: 272, width: 256 });
    expect(tileOf(0, 273, 70_000)).toEqual({ level: 0, index: 273, width: 112 });
    expect(tileOf('entries', 273, 70_000)).toEqual({ level: 'entries', index: 273, width: 112 });
    expect(tileOf(1, 1, 70_000)?.width).toBe(17);
    expect(tileOf(2, 0, 70_000)?.width).toBe(1);
    expect(tileOf(3, 0, 70_000)).toBeNull();
  });

  it('begins the level above with the first full one (C2SP tlog-tiles)', () => {
    expect(tileOf(0, 0, 256)?.width).toBe(256);
    expect(tileOf(1, 0, 256)?.width).toBe(1);
    expect(tileOf(0, 1, 256)).toBeNull();
    expect(tileOf(1, 0, 255)).toBeNull();
  });
});
