import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { passwordFault } from '../../../src/identity/staff/password-rules.js';
import { findPoliciesDirectory, loadPolicies } from '../../../src/policy/index.js';

const policy = loadPolicies(findPoliciesDirectory()).content.verification.staffPassword;
const faultOf = (password: string, email = 'ada.lovelace@bank.example'): string | null =>
  passwordFault({ password, email }, policy);

describe('passwordFault', () => {
  it.each([
    ['eleven chars', 'Tr0ub4dor&3', 'too_short'],
    ['129 characters', 'aXbY'.repeat(33).slice(0, 129), 'too_long'],
    ['a common password that is long enough', 'unbelievable', 'common'],
    ['a common one in lookalikes and a wrapping of digits', 'P@ssw0rd2026!', 'common'],
    ['a common one with a year behind', 'dragon!!2026!!', 'common'],
    ['one unit over and over', 'qwertyqwerty', 'repetitive'],
    ['one character', 'aaaaaaaaaaaaaa', 'repetitive'],
    ['a run up', '123456789012', 'repetitive'],
    ['a run down', 'zyxwvutsrqpo', 'repetitive'],
    ['the holder’s name and little more', 'ada.lovelace1', 'context'],
    ['the product and little more', 'Probity-2026!', 'context'],
  ])('refuses %s', (_, password, fault) => {
    expect(faultOf(password)).toBe(fault);
  });

  it.each([
    'correct horse battery staple',
    'nur kleine buchstaben',
    '84 50 19 37 26 60',
    'пароль из пяти слов',
    '🦊🐙🦑🦐🦞🦀🐡🐠🐟🐬🐳🐋',
  ])('takes %s: there are no rules of composition', (password) => {
    expect(faultOf(password)).toBeNull();
  });

  it('counts code points after normalisation, not UTF-16 units', () => {
    expect(faultOf('🦊🐙🦑🦐🦞🦀')).toBe('too_short');
    // Twelve code points as typed, six once composed.
    expect(faultOf('a\u0308o\u0308u\u0308e\u0308i\u0308y\u0308')).toBe('too_short');
  });

  it('judges every string without failing', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 140 }),
        fc.emailAddress(),
        (text, email) => {
          expect([null, 'too_short', 'too_long', 'common', 'context', 'repetitive']).toContain(
            faultOf(text, email),
          );
        },
      ),
    );
  });
});
