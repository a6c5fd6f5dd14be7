import fc from 'fast-check';

import { isStorableText, parseJsonBody } from '../../../src/platform/http/json-body.js';
import { Problem } from '../../../src/platform/problem.js';

const parse = (text: string): unknown => parseJsonBody(Buffer.from(text, 'utf8'));

function refusalOf(body: Buffer): Problem {
  try {
    parseJsonBody(body);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('The body was not refused');
}

describe('parseJsonBody', () => {
  it('reads whatever JSON.stringify writes of storable text', () => {
    const text = fc
      .string({ unit: 'grapheme' })
      .filter((one) => isStorableText(one) && one !== '__proto__');
    const value = fc.jsonValue({ maxDepth: 8, stringUnit: 'grapheme' }).filter((one) => {
      const written = JSON.stringify(one);
      return !written.includes('\\u0000') && !written.includes('__proto__');
    });
    fc.assert(
      fc.property(value, (one) =>
        expect(parse(JSON.stringify(one))).toEqual(JSON.parse(JSON.stringify(one))),
      ),
    );
    fc.assert(
      fc.property(fc.dictionary(text, text), (one) =>
        expect(parse(JSON.stringify(one))).toEqual(JSON.parse(JSON.stringify(one))),
      ),
    );
  });

  it('answers any bytes with a value or with input.malformed, and with nothing else', () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    const nearlyJson = fc
      .array(fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '\\', 'u00', 'a', '1', 'null', ' '))
      .map((parts) => Buffer.from(parts.join('')));
    fc.assert(
      fc.property(fc.oneof(bytes, nearlyJson), (body) => {
        try {
          parseJsonBody(Buffer.from(body));
        } catch (error) {
          expect(error).toMatchObject({ name: 'Problem', code: 'input.malformed' });
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(['ff', 'c3', 'c0af', 'eda080', 'f4908080', 'efbbbf7b7d'])(
    'refuses the bytes %s',
    (hex) => {
      expect(refusalOf(Buffer.from(hex, 'hex')).code).toBe('input.malformed');
    },
  );

  it('takes the same name in different objects, and a name that is a value elsewhere', () => {
    const text = '{"a":{"a":["a","a",{"a":"a"},{"a":1}]},"b":"a,a:{\\"a\\":1}"}';

    expect(parse(text)).toEqual(JSON.parse(text));
  });

  it.each([
    '{"a":1,"a":1}',
    '[{"x":{"a":1,"b":[1,{"c":2}],"a":2}}]',
    '{"a":[{"b":1,"\\u0062":2}]}',
  ])('refuses a name that stands twice: %s', (text) => {
    expect(refusalOf(Buffer.from(text)).extras.detail).toBe('The body holds a member name twice.');
  });

  it('takes 32 levels and refuses 33', () => {
    expect(() => parse(`${'['.repeat(32)}${']'.repeat(32)}`)).not.toThrow();
    expect(refusalOf(Buffer.from(`${'['.repeat(33)}${']'.repeat(33)}`)).code).toBe(
      'input.malformed',
    );
  });
});
