import type { RefundBooking } from '../../banking/index.js';
import type { RefundState } from '../refund/refund-state.js';

/** How what was approved, what was executed and what the bank booked may disagree. */
export const moneyDifferenceKinds = [
  /** Executed or on its way here, and the bank has no booking of it. */
  'not_booked',
  /** The bank booked it, and it still counts as on its way here. */
  'not_recorded',
  /** The bank booked an id that nobody here knows. */
  'unknown_booking',
  /** It was moved, and its request was not approved. */
  'not_approved',
  /** It was moved, and counts against nobody's limit, or with another amount. */
  'not_counted',
  /** The amount approved is another than the amount asked for. */
  'approved_amount_differs',
  /** The bank booked another amount or currency. */
  'booked_amount_differs',
  /** The bank booked to another account. */
  'booked_account_differs',
  /** The bank names another booking than the one recorded here. */
  'booking_differs',
] as const;
export type MoneyDifferenceKind = (typeof moneyDifferenceKinds)[number];

/** A movement as it stands here. */
export interface Movement {
  readonly id: string;
  readonly state: RefundState;
  readonly accountId: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly bookingId: string | null;
  readonly requestedAt: Date;
  /** Of its approval request; null where it needed none. */
  readonly approval: { readonly state: string; readonly amountMinor: bigint | null } | null;
  /** What it counted with against the limits; null where it did not count. */
  readonly countedMinor: bigint | null;
}

/** What is younger may be on its way between two rooms. */
export const graceMilliseconds = 10 * 60_000;

const movedStates: readonly RefundState[] = ['executing', 'executed'];
const consentedStates: readonly string[] = ['approved', 'executed'];

/** Compares the three records of one movement; at least one of `ours` and `booking` is given. */
export function compareMoney(
  ours: Movement | null,
  booking: RefundBooking | null,
  now: Date,
): readonly MoneyDifferenceKind[] {
  if (!ours) return ['unknown_booking'];
  return [...compareConsent(ours, booking), ...compareBooking(ours, booking, now)];
}

function compareConsent(
  ours: Movement,
  booking: RefundBooking | null,
): readonly MoneyDifferenceKind[] {
  const { approval, state, amountMinor, countedMinor } = ours;
  const isMoved = movedStates.includes(state);
  const found: [MoneyDifferenceKind, boolean][] = [
    [
      'not_approved',
      isMoved ? approval !== null && !consentedStates.includes(approval.state) : booking !== null,
    ],
    ['approved_amount_differs', approval !== null && approval.amountMinor !== amountMinor],
    ['not_counted', isMoved && countedMinor !== amountMinor],
  ];
  return found.filter(([, differs]) => differs).map(([kind]) => kind);
}

function compareBooking(
  ours: Movement,
  booking: RefundBooking | null,
  now: Date,
): readonly MoneyDifferenceKind[] {
  const isDue = (since: Date): boolean => now.getTime() - since.getTime() >= graceMilliseconds;
  if (!booking) {
    const isOwed = movedStates.includes(ours.state) && isDue(ours.requestedAt);
    return isOwed ? ['not_booked'] : [];
  }
  const { amount, accountId, bookingId, bookedAt } = booking;
  const sameAmount = amount.amountMinor === ours.amountMinor && amount.currency === ours.currency;
  const found: [MoneyDifferenceKind, boolean][] = [
    ['not_recorded', ours.state === 'executing' && isDue(bookedAt)],
    ['booked_amount_differs', !sameAmount],
    ['booked_account_differs', accountId !== ours.accountId],
    ['booking_differs', ours.bookingId !== null && ours.bookingId !== bookingId],
  ];
  return found.filter(([, differs]) => differs).map(([kind]) => kind);
}
