import { findAmount, type AmountEntity } from './amount.js';
import { findDate } from './date.js';
import { findMerchant } from './merchant.js';
import { findCustomerNumber, findLastFour, findOneTimeCode } from './numbers.js';

/** What a message names; a member is absent where nothing was found. */
export interface Entities {
  readonly amount?: AmountEntity;
  /** ISO 8601 calendar date, UTC; relative words are resolved against the time of the message. */
  readonly date?: string;
  readonly merchant?: string;
  /** Last four digits of a card or account. */
  readonly lastFour?: string;
  readonly customerNumber?: string;
  /** Six digits that are the whole message: never to be stored. */
  readonly oneTimeCode?: string;
}

/** The search is bounded: facts that matter stand early in a message. */
const CHARACTERS_MAX = 4000;

/** Finds the facts that a playbook can use in a redacted message. Never throws. */
export function findEntities(text: string, now: Date): Entities {
  const bounded = text.slice(0, CHARACTERS_MAX).normalize('NFKC').slice(0, CHARACTERS_MAX);
  const found = {
    amount: findAmount(bounded),
    date: findDate(bounded, now),
    merchant: findMerchant(bounded),
    lastFour: findLastFour(bounded),
    customerNumber: findCustomerNumber(bounded),
    oneTimeCode: findOneTimeCode(bounded),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== null));
}
