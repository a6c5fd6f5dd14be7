import { describe, expect, it } from '@jest/globals';

import { challengeMessage } from '../../src/verification/challenge-message.js';

const facts = {
  code: '012345',
  domain: 'bank.example',
  purpose: 'balance-inquiry',
  minutes: 5,
  amountMinor: null,
  currency: null,
  payee: null,
};

describe('challengeMessage', () => {
  it('says what the code is for, that nobody asks for it, and ends in the line bound to our domain', () => {
    const text = challengeMessage(facts);
    expect(text).toContain('to see your balance');
    expect(text).toContain('We never ask for this code');
    expect(text.split('\n').at(-1)).toBe('@bank.example #012345');
  });

  it('names amount and payee where money moves, the payee masked', () => {
    const text = challengeMessage({
      ...facts,
      purpose: 'payment',
      amountMinor: 900_000n,
      currency: 'GBP',
      payee: 'Corner Shop Ltd',
    });
    expect(text).toContain('9000.00 GBP to Co**td');
    expect(text).not.toContain('Corner Shop');
  });

  it('has words for a purpose that it does not know', () => {
    expect(challengeMessage({ ...facts, purpose: 'something-new' })).toContain(
      'to confirm your request',
    );
  });
});
