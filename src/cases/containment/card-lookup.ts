import { Injectable } from '@nestjs/common';

import { type BankCard, CoreBanking } from '../../banking/index.js';
import type { Actor } from '../../platform/index.js';

/** How a reporter identifies a card; full numbers stay in memory. */
export interface ReportedCard {
  readonly numbers: readonly string[];
  readonly customerNumber?: string | undefined;
  readonly lastFour?: string | undefined;
}

/** What finds a card at the bank; holds a keyed token in place of a card's number. */
export interface CardLookup {
  /** Base64. */
  readonly cardToken?: string | undefined;
  readonly customerNumber?: string | undefined;
  readonly lastFour?: string | undefined;
  /**
   * Whether strangers' limits admit a card that a signed-in customer names by its number, should it
   * turn out not to be theirs; absent where nothing of the kind can turn out.
   */
  readonly isAdmittedAsStranger?: boolean | undefined;
}

/**
 * Identifies the card that a notice means: by its full number, by customer number and last four, or
 * as the only one of the signed-in customer that fits.
 */
@Injectable()
export class CardLookups {
  constructor(private readonly banking: CoreBanking) {}

  /** What the notice gives to look with; null where that identifies no card. */
  of({ customerNumber }: Actor, card: ReportedCard | undefined): CardLookup | null {
    const number = card?.numbers[0];
    if (number !== undefined) {
      return { cardToken: this.banking.cardTokenOf(number).toString('base64') };
    }
    if (customerNumber !== null) return { customerNumber, lastFour: card?.lastFour };
    if (card?.customerNumber === undefined || card.lastFour === undefined) return null;
    return { customerNumber: card.customerNumber, lastFour: card.lastFour };
  }

  /**
   * The one card that fits; null where none or several do.
   *
   * @throws BankUnavailable
   */
  async find(lookup: CardLookup): Promise<BankCard | null> {
    const { cardToken, customerNumber, lastFour } = lookup;
    if (cardToken !== undefined) {
      return this.banking.findCardByToken(Buffer.from(cardToken, 'base64'));
    }
    if (customerNumber === undefined) return null;
    if (lastFour !== undefined) return this.banking.findCardByLastFour(customerNumber, lastFour);
    const cards = await this.banking.listCards(customerNumber);
    return cards.length === 1 ? (cards[0] ?? null) : null;
  }
}
