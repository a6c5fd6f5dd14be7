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
});
