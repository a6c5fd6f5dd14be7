import { parseMoney } from '../../platform/index.js';
import type { Turn } from './playbook.js';

/** What a message tells of a transaction, as far as the entities name it. */
export interface ReportedFacts {
  readonly amount?: { readonly amountMinor: bigint; readonly currency: string };
  readonly merchant?: string;
  readonly occurredOn?: string;
}

/** An amount without a currency is taken in the institution's own. */
export function reportedFacts(
  { classification: { entities } }: Turn,
  ownCurrency: string,
): ReportedFacts {
  const { amount } = entities;
  return {
    ...(amount
      ? { amount: parseMoney({ amount: amount.amount, currency: amount.currency ?? ownCurrency }) }
      : {}),
    ...(entities.merchant === undefined ? {} : { merchant: entities.merchant }),
    ...(entities.date === undefined ? {} : { occurredOn: entities.date }),
  };
}

/** How the reporter identifies a card; full numbers stay in memory. */
export interface ReportedCard {
  readonly numbers: readonly string[];
  readonly customerNumber?: string;
  readonly lastFour?: string;
}

const bareFour = /^\d{4}$/;

/** The answer to the question for a card, where bare digits need no words around them. */
export function answeredCard(turn: Turn): ReportedCard {
  const { oneTimeCode } = turn.classification.entities;
  const words = turn.text.normalize('NFKC').trim();
  return {
    ...(oneTimeCode === undefined ? {} : { customerNumber: oneTimeCode }),
    ...(bareFour.test(words) ? { lastFour: words } : {}),
    ...reportedCard(turn),
  };
}

export function reportedCard({ cardNumbers, classification: { entities } }: Turn): ReportedCard {
  return {
    numbers: cardNumbers,
    ...(entities.customerNumber === undefined ? {} : { customerNumber: entities.customerNumber }),
    ...(entities.lastFour === undefined ? {} : { lastFour: entities.lastFour }),
  };
}
