import fc from 'fast-check';

import { canonicalJson, CanonicalJsonError } from '../../../src/ledger/tree/index.js';
import { readVectors } from './vectors.js';

interface DocumentVectors {
  readonly cases: readonly {
    readonly name: string;
    readonly input: string;
    readonly output: string;
  }[];
}
interface NumberVectors {
  readonly cases: readonly (readonly [hex: string, text: string])[];
}

describe('canonicalJson', () => {
  it('sorts members by UTF-16 code units and writes no white space', () => {
    expect(canonicalJson({ b: [1, null, true], a: { '10': 1, '2': 2 } })).toBe(
      '{"a":{"10":1,"2":2},"b":[1,null,true]}',
    );
    expect(canonicalJson({ '\ufb33': 1, '\ud83d\ude00': 2 })).toBe('{"\ud83d\ude00":2,"\ufb33":1}');
  });

  it('leaves out members that are undefined', () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
  });

  it.each([
    ['an infinity', Infinity],
    ['no number', NaN],
    ['a bigint', 1n],
    ['a lone surrogate', '\ud800'],
    ['a lone surrogate in a name', { '\udc00': 1 }],
    ['nothing', undefined],
    ['nothing in an array', [undefined]],
    ['a function', () => 1],
    ['a date', new Date(0)],
    ['a map', new Map()],
  ])('refuses %s', (_, value) => {
    expect(() => canonicalJson(value)).toThrow(CanonicalJsonError);
  });

  it('refuses what is nested too deeply or in a circle', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    expect(() => canonicalJson(circle)).toThrow(CanonicalJsonError);
  });

  it('is the same for every order of members, and reads back as the value', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 3 })),
        (value) => {
          const text = canonicalJson(value);
          const turned = Object.fromEntries(Object.entries(value).reverse());
          expect(canonicalJson(turned)).toBe(text);
          expect(canonicalJson(JSON.parse(text))).toBe(text);
        },
      ),
    );
  });

  it('writes the published documents', () => {
    const vectors = readVectors<DocumentVectors>('jcs-documents.json');
    for (const { name, input, output } of vectors?.cases ?? []) {
      expect([name, canonicalJson(JSON.parse(input))]).toEqual([name, output]);
    }
    expect(vectors === null || vectors.cases.length > 0).toBe(true);
  });

  it('writes the published numbers', () => {
    const vectors = readVectors<NumberVectors>('jcs-numbers-first10k.json');
    for (const [hex, text] of vectors?.cases ?? []) {
      const number = Buffer.from(hex.padStart(16, '0'), 'hex').readDoubleBE();
      expect(canonicalJson(number)).toBe(text);
    }
    expect(vectors === null || vectors.cases.length > 0).toBe(true);
  });
});
