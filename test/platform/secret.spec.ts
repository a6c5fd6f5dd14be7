import { inspect } from 'node:util';

import { Secret } from '../../src/platform/secret.js';

describe('Secret', () => {
  const secret = new Secret('a-clear-value');

  it('prints as [secret] however it is printed', () => {
    const printed = [
      String(secret),
      JSON.stringify({ secret }),
      inspect(secret),
      inspect({ secret }, { showHidden: true }),
    ];
    for (const text of printed) {
      expect(text).toContain('[secret]');
      expect(text).not.toContain('a-clear-value');
    }
  });

  it('gives its value to whom asks for it by name', () => {
    expect(secret.reveal()).toBe('a-clear-value');
  });
});
