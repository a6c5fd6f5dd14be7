import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { findPoliciesDirectory, loadPolicies } from '../../src/policy/load-policies.js';
import { changesRate } from '../../src/platform/index.js';
import { Policies } from '../../src/policy/index.js';
import { readSourceTree } from '../tidy/source-tree.js';

describe('The request rates of policy', () => {
  const tree = readSourceTree(join(dirname(fileURLToPath(import.meta.url)), '../..'));
  const names = tree.paths
    .filter((path) => path.startsWith('src/') && path.endsWith('.ts'))
    .flatMap((path) => [...tree.text(path).matchAll(/@LimitedByOrigin\('(\w+)'\)/g)])
    .map(([, name]) => name!);

  it('are those that routes and accounts are limited by, no more and no fewer', () => {
    const { rates } = new Policies(loadPolicies(findPoliciesDirectory())).verification;
    expect([...new Set([...names, changesRate])].sort()).toEqual(Object.keys(rates).sort());
  });
});
