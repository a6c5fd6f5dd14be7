import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from '@jest/globals';

import { rowsBelow } from '../support/markdown-table.js';

// The requirements that concern this product: chapter, section, and how many of its requirements.
const sections: readonly (readonly [section: string, ids: string])[] = [
  ['2.3', '1-5'],
  ['2.4', '1-2'],
  ['5.2', '1-6'],
  ['5.3', '1-3'],
  ['5.4', '1-3'],
  ['6.1', '1,3'],
  ['6.3', '1-8'],
  ['6.4', '1-6'],
  ['6.5', '1-8'],
  ['6.6', '1-4'],
  ['7.1', '1-2'],
  ['7.2', '1-4'],
  ['7.3', '1-2'],
  ['7.4', '1-5'],
  ['7.5', '1-3'],
  ['8.1', '1-4'],
  ['8.2', '1-4'],
  ['8.3', '1-3'],
  ['8.4', '1-2'],
  ['9.1', '1-3'],
  ['9.2', '1-4'],
  ['11.1', '1-4'],
  ['11.2', '1-5'],
  ['11.3', '1-5'],
  ['11.4', '1-4'],
  ['11.5', '1-2'],
  ['13.3', '1-4'],
  ['14.2', '1-8'],
  ['16.1', '1'],
  ['16.2', '1-5'],
  ['16.3', '1-4'],
  ['16.4', '1-3'],
  ['16.5', '1-4'],
];

const page = readFileSync(
  join(dirname(fileURLToPath(import.meta.url)), '../../docs/verification.md'),
  'utf8',
);
const asvs = rowsBelow(page, '## OWASP ASVS 5.0.0');
const nist = rowsBelow(page, '## NIST SP 800-63B-4');

function numbersOf(ids: string): readonly number[] {
  return ids.split(',').flatMap((part) => {
    const [first = 0, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

describe('docs/verification.md', () => {
  it('answers every requirement that concerns this product, each once', () => {
    const wanted = sections.flatMap(([section, ids]) =>
      numbersOf(ids).map((number) => `${section}.${String(number)}`),
    );

    expect(asvs.map(([id]) => id)).toEqual(wanted);
  });

  it.each([
    ['ASVS', asvs],
    ['NIST', nist],
  ])(
    'says of each row of the %s table how it stands, and names a test where it is met',
    (_, rows) => {
      expect(rows.length).toBeGreaterThan(10);
      for (const [id, state, how, tests] of rows) {
        expect(['met', 'partly', 'not met', 'not applicable']).toContain(state);
        expect(how).toMatch(/\w.*\.$/);
        if (state === 'met') expect(`${id!} ${tests!}`).toContain('`test/');
      }
    },
  );
});
