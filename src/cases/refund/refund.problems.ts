import { defineProblems } from '../../platform/index.js';

/** Problems of refunds. */
export const refundProblems = defineProblems({
  'refund.account_unknown': {
    status: 409,
    title: 'No account to refund to',
    when: 'The case has no customer, or the customer has no account in this currency.',
  },
  'refund.currency_mixed': {
    status: 409,
    title: 'Refunds of one case share a currency',
    when: 'The case has refunds in another currency; amounts are never compared raw.',
  },
  'fee_reversal.fee_unknown': {
    status: 409,
    title: 'No such fee',
    when: 'The transaction is not a fee of the customer of this case.',
  },
  'fee_reversal.exceeds_fee': {
    status: 409,
    title: 'More than the fee',
    when: 'With what was given back of this fee before, the amount is more than the fee.',
  },
});
