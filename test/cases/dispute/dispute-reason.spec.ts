import { disputeReason } from '../../../src/cases/dispute/dispute-reason.js';

describe('disputeReason', () => {
  it.each([
    ["I didn't make this payment", 'unauthorized'],
    ['I never authorised it', 'unauthorized'],
    ["I don't recognize this charge", 'unauthorized'],
    ['unauthorized', 'unauthorized'],
    ['They charged me twice', 'duplicate'],
    ['I never received what I ordered', 'not-received'],
    ['The parcel has not arrived', 'not-received'],
    ['I cancelled the subscription', 'cancelled'],
    ['The amount is wrong', 'wrong-amount'],
    ['It arrived damaged', 'not-as-described'],
    ['because', 'other'],
  ])('reads %s as %s', (words, reason) => {
    expect(disputeReason(words)).toBe(reason);
  });

  it('says nothing where nothing was said', () => {
    expect([disputeReason(undefined), disputeReason('  ')]).toEqual([null, null]);
  });
});
