import fc from 'fast-check';

import { findEntities } from '../../src/intents/entities/entities.js';

/** A Wednesday. */
const now = new Date('2026-03-18T12:00:00Z');
const entities = (text: string) => findEntities(text, now);

describe('findEntities', () => {
  it.each([
    ["I see a $500 charge I didn't make", '500.00', 'USD'],
    ['they took $1,234.56', '1234.56', 'USD'],
    ['1.234,56 € wurden abgebucht', '1234.56', 'EUR'],
    ['it was 89.5 dollars', '89.50', 'USD'],
    ['EUR 12', '12.00', 'EUR'],
    ['two charges of 20 pounds', '20.00', 'GBP'],
    ['I sent 9k euros', '9000.00', 'EUR'],
    ['charged 49.99 by the gym', '49.99', null],
    ['-45.67 USD', '45.67', 'USD'],
    ['£9,000.00', '9000.00', 'GBP'],
  ])('reads the amount in %j', (text, amount, currency) => {
    expect(entities(text).amount).toEqual({ amount, currency });
  });

  it.each(['the card ending 1234', 'on 2026-01-15', 'order 123456', '15.01.2026', '10:30', 'I have 3 cards'])(
    'sees no amount in %j',
    (text) => {
      expect(entities(text).amount).toBeUndefined();
    },
  ); // prettier-ignore

  it.each([
    ['on 2026-01-15', '2026-01-15'],
    ['on 01/15/2026', '2026-01-15'],
    ['am 15.01.2026', '2026-01-15'],
    ['25/12/2025', '2025-12-25'],
    ['January 15th, 2026', '2026-01-15'],
    ['the 15th of January', '2026-01-15'],
    ['on Dec 24', '2025-12-24'],
    ['yesterday', '2026-03-17'],
    ['last night', '2026-03-17'],
    ['today', '2026-03-18'],
    ['three days ago', '2026-03-15'],
    ['two weeks ago', '2026-03-04'],
    ['on Monday', '2026-03-16'],
    ['last Wednesday', '2026-03-11'],
    ['gestern', '2026-03-17'],
    ['ayer', '2026-03-17'],
  ])('reads the date in %j', (text, date) => {
    expect(entities(text).date).toBe(date);
  });

  it.each(['on 2026-02-31', 'may I ask something', 'at 10:30', '99/99/2026'])(
    'sees no date in %j',
    (text) => {
      expect(entities(text).date).toBeUndefined();
    },
  );

  it.each([
    ['a charge from OnlineStore.com', 'OnlineStore.com'],
    ['I never shopped at Grocery Store', 'Grocery Store'],
    ['the merchant is called Blue Lagoon Spa, I think', 'Blue Lagoon Spa'],
    ['charged twice by Electric Bill yesterday', 'Electric Bill'],
  ])('reads the merchant in %j', (text, merchant) => {
    expect(entities(text).merchant).toBe(merchant);
  });

  it.each(['my card was used in Las Vegas', 'a payment from Monday', 'I paid at the shop'])(
    'sees no merchant in %j',
    (text) => {
      expect(entities(text).merchant).toBeUndefined();
    },
  );

  it.each([
    'my card ending 1234',
    'card ending in 1234',
    'last four 1234',
    'the last 4 digits are 1234',
    '**** 1234',
    '[card ****1234]',
    'customer number 100001, card 1234 are the last four',
  ])('reads the last four digits in %j', (text) => {
    expect(entities(text).lastFour).toBe('1234');
  });

  it('reads a customer number only where it is called so', () => {
    expect(entities('my customer number is 100001').customerNumber).toBe('100001');
    expect(entities('customer no. 100001').customerNumber).toBe('100001');
    expect(entities('order 100001').customerNumber).toBeUndefined();
  });

  it('reads a one-time code only where it is the whole message', () => {
    expect(entities(' 123-456 ').oneTimeCode).toBe('123456');
    expect(entities('I owe 123456').oneTimeCode).toBeUndefined();
  });

  it('never throws, and dates are real days', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[\d$€., /:-]{0,40}$/)),
        (text) => {
          const { date, amount } = entities(text);
          expect(new Date(date ?? 0).getTime()).not.toBeNaN();
          expect(amount?.amount ?? '0.00').toMatch(/^\d+\.\d\d$/);
        },
      ),
    );
  });
});
