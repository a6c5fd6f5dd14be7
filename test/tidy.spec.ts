import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { rules } from './tidy/rules.js';
import { readSourceTree } from './tidy/source-tree.js';

// The house's rules, read from the source itself. Each is proven to fire in test/tidy/planted-faults.spec.ts.

const tree = readSourceTree(join(dirname(fileURLToPath(import.meta.url)), '..'));

describe('the source', () => {
  it.each(Object.entries(rules).map(([name, rule]) => [asSentence(name), rule] as const))(
    '%s',
    (_, rule) => {
      expect(rule(tree)).toEqual([]);
    },
  );
});

/** `problemCodesAreUnique` reads as "problem codes are unique". */
function asSentence(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
