import { formatMoney, type MinorMoney } from '../../platform/index.js';
import type { CaseFacts } from '../case-facts.js';

/** What a customer tells of an error; each part as far as it is told. */
export interface DisputeFacts {
  readonly transactionId?: string | undefined;
  readonly merchant?: string | undefined;
  readonly amount?: MinorMoney | undefined;
  /** ISO date. */
  readonly occurredOn?: string | undefined;
  readonly reason?: string | undefined;
  readonly description?: string | undefined;
  /** A guest's claim, or the customer whom staff act for. */
  readonly customerNumber?: string | undefined;
}

/** Names of what a dispute is asked for; permanent, answers carry them. */
export type DisputeFactName = 'customerNumber' | 'transaction' | 'reason' | 'date' | 'amount';

/** Facts as they are kept; what is told anew takes the place of what was told before. */
export function merged(earlier: CaseFacts, { amount, ...told }: DisputeFacts): CaseFacts {
  const present = Object.entries(told).filter(([, value]) => value !== undefined && value !== '');
  return {
    ...earlier,
    ...Object.fromEntries(present),
    ...(amount && { amount: formatMoney(amount.amountMinor, amount.currency) }),
  };
}

/**
 * What is still to be asked for, in order. Only what the customer told counts, never what the bank
 * knows: the list is shown before identity is proven.
 */
export function missingFacts(
  facts: CaseFacts,
  { asked, isGuest }: { asked: readonly DisputeFactName[]; isGuest: boolean },
): DisputeFactName[] {
  const names: readonly DisputeFactName[] = isGuest ? ['customerNumber', ...asked] : asked;
  return names.filter((name) => !isTold(name, facts));
}

function isTold(name: DisputeFactName, facts: CaseFacts): boolean {
  // The transaction's own id says when and how much.
  if (facts.transactionId !== undefined && name !== 'reason' && name !== 'customerNumber')
    return true;
  switch (name) {
    case 'customerNumber':
      return facts.customerNumber !== undefined;
    case 'transaction':
      return facts.merchant !== undefined;
    case 'reason':
      return facts.reason !== undefined;
    case 'date':
      return facts.occurredOn !== undefined;
    case 'amount':
      return facts.amount !== undefined;
  }
}
