import { isAllowed, listShippedPackages } from '../../scripts/licences.js';

describe('isAllowed', () => {
  it.each(['MIT', '(MIT OR GPL-3.0-only)', 'Apache-2.0 AND BSD-3-Clause'])(
    'accepts %s',
    (licence) => {
      expect(isAllowed(licence)).toBe(true);
    },
  );

  it.each(['GPL-3.0-only', 'MIT AND AGPL-3.0-only', 'SEE LICENSE IN LICENSE', 'none stated', ''])(
    'refuses %s',
    (licence) => {
      expect(isAllowed(licence)).toBe(false);
    },
  );
});

describe('listShippedPackages', () => {
  it('leaves out what only development needs and names the rest with its version', () => {
    const shipped = listShippedPackages({
      '': { version: '0.1.0', license: 'UNLICENSED' },
      'node_modules/pg': { version: '8.23.1', license: 'MIT' },
      'node_modules/a/node_modules/@b/c': { version: '1.0.0' },
      'node_modules/jest': { version: '30.0.0', license: 'MIT', dev: true },
    });
    expect(shipped).toEqual([
      { name: 'pg@8.23.1', licence: 'MIT' },
      { name: '@b/c@1.0.0', licence: 'none stated' },
    ]);
  });
});
