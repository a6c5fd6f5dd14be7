import { describe, expect, it } from '@jest/globals';

import type { RefundBooking } from '../../../src/banking/index.js';
import { compareMoney, type Movement } from '../../../src/cases/reconciliation/money-difference.js';

const now = new Date('2026-03-02T10:00:00Z');
const yesterday = new Date('2026-03-01T10:00:00Z');
const minuteAgo = new Date('2026-03-02T09:59:00Z');

const executed: Movement = {
  id: 'refund',
  state: 'executed',
  accountId: 'account',
  amountMinor: 500n,
  currency: 'USD',
  bookingId: 'booking',
  requestedAt: yesterday,
  approval: { state: 'executed', amountMinor: 500n },
  countedMinor: 500n,
};
const booked: RefundBooking = {
  refundId: 'refund',
  bookingId: 'booking',
  accountId: 'account',
  amount: { amountMinor: 500n, currency: 'USD' },
  bookedAt: yesterday,
};

describe('The comparison of approved, executed and booked money', () => {
  it('finds nothing where all agree, with or without an approval', () => {
    expect(compareMoney(executed, booked, now)).toEqual([]);
    expect(compareMoney({ ...executed, approval: null }, booked, now)).toEqual([]);
  });

  it.each<[string, Movement | null, RefundBooking | null, string[]]>([
    ['a booking nobody asked for', null, booked, ['unknown_booking']],
    ['money that never arrived', executed, null, ['not_booked']],
    [
      'approved money that was never sent',
      { ...executed, state: 'executing', bookingId: null },
      null,
      ['not_booked'],
    ],
    [
      'a booking whose answer was lost',
      { ...executed, state: 'executing', bookingId: null },
      booked,
      ['not_recorded'],
    ],
    [
      'a booking of what was rejected',
      { ...executed, state: 'rejected', bookingId: null, countedMinor: null },
      booked,
      ['not_approved'],
    ],
    [
      'a movement whose request was rejected',
      { ...executed, approval: { state: 'rejected', amountMinor: 500n } },
      booked,
      ['not_approved'],
    ],
    [
      'an approval of another amount',
      { ...executed, approval: { state: 'executed', amountMinor: 5n } },
      booked,
      ['approved_amount_differs'],
    ],
    ['money that counts for nobody', { ...executed, countedMinor: null }, booked, ['not_counted']],
    [
      'another amount at the bank',
      executed,
      { ...booked, amount: { amountMinor: 501n, currency: 'USD' } },
      ['booked_amount_differs'],
    ],
    [
      'another currency at the bank',
      executed,
      { ...booked, amount: { amountMinor: 500n, currency: 'EUR' } },
      ['booked_amount_differs'],
    ],
    [
      'another account at the bank',
      executed,
      { ...booked, accountId: 'other' },
      ['booked_account_differs'],
    ],
    ['another booking', executed, { ...booked, bookingId: 'other' }, ['booking_differs']],
  ])('names %s', (...[, ours, booking, kinds]) => {
    expect(compareMoney(ours, booking, now)).toEqual(kinds);
  });

  it('leaves what is under way its time', () => {
    const young: Movement = {
      ...executed,
      state: 'executing',
      bookingId: null,
      requestedAt: minuteAgo,
    };
    expect(compareMoney(young, null, now)).toEqual([]);
    expect(compareMoney(young, { ...booked, bookedAt: minuteAgo }, now)).toEqual([]);
  });
});
