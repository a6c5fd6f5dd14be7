import { describe, expect, it } from '@jest/globals';

import { Policies, findPoliciesDirectory, loadPolicies } from '../../src/policy/index.js';
import { assuranceOf, raisedBy } from '../../src/verification/assurance.js';

const { assurance } = new Policies(loadPolicies(findPoliciesDirectory()));

describe('assuranceOf', () => {
  it.each([
    [[], 'aal0'],
    [['pin'], 'aal1'],
    [['sms'], 'aal1'],
    [['pin', 'sms'], 'aal2'],
    [['pwd', 'otp'], 'aal2'],
    [['sms', 'otp'], 'aal1'],
    [['pin', 'pwd'], 'aal1'],
    [['pin', 'email'], 'aal1'],
    [['kba', 'face'], 'aal0'],
  ] as const)('of %j is %s: different kinds of factor count, not their number', (amr, acr) => {
    expect(assuranceOf(amr)).toBe(acr);
  });
});

describe('raisedBy', () => {
  it('brings a signed-in customer to aal2 by a code on their phone', () => {
    expect(raisedBy('sms', { kind: 'customer', amr: ['pin'] }, assurance)).toEqual({
      acr: 'aal2',
      amr: ['pin', 'sms'],
    });
  });

  it('brings a guest to aal1 at most', () => {
    expect(raisedBy('sms', { kind: 'guest', amr: [] }, assurance).acr).toBe('aal1');
  });

  it('never reaches aal2 by e-mail', () => {
    expect(raisedBy('email', { kind: 'customer', amr: ['pin'] }, assurance).acr).toBe('aal1');
  });
});
