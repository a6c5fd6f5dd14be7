import fc from 'fast-check';

import {
  formatMoney,
  MoneyMalformed,
  parseMoney,
  positiveMoneySchema,
} from '../../src/platform/money.js';

describe('parseMoney', () => {
  it.each([
    ['500.00', 'USD', 50_000n],
    ['-45.67', 'USD', -4_567n],
    ['5000.01', 'USD', 500_001n],
    ['12', 'USD', 1_200n],
    ['12.5', 'USD', 1_250n],
    ['1200', 'JPY', 1_200n],
    ['1.234', 'KWD', 1_234n],
    ['999999999999999.99', 'EUR', 99_999_999_999_999_999n],
    ['0', 'USD', 0n],
  ])('reads %s %s exactly', (amount, currency, amountMinor) => {
    expect(parseMoney({ amount, currency })).toEqual({ amountMinor, currency });
  });

  it.each([
    ['NaN', 'USD'],
    ['Infinity', 'USD'],
    ['1e3', 'USD'],
    ['+5.00', 'USD'],
    ['-0.00', 'USD'],
    ['05.00', 'USD'],
    ['5.', 'USD'],
    ['.5', 'USD'],
    ['5,00', 'USD'],
    ['5.000', 'USD'],
    ['5.0', 'JPY'],
    ['1.2345', 'KWD'],
    ['1000000000000000', 'USD'],
    ['５.00', 'USD'],
    [' 5.00', 'USD'],
    ['5.00\n', 'USD'],
    ['', 'USD'],
    ['5.00', 'usd'],
    ['5.00', 'US'],
    ['5.00', 'USD\n'],
  ])('refuses %j %j', (amount, currency) => {
    expect(() => parseMoney({ amount, currency })).toThrow(MoneyMalformed);
  });

  it('reads what formatMoney writes, in every currency', () => {
    const minor = fc.bigInt({ min: -(10n ** 15n) + 1n, max: 10n ** 15n - 1n });
    fc.assert(
      fc.property(minor, fc.constantFrom('USD', 'JPY', 'KWD', 'CLF'), (amountMinor, currency) => {
        expect(parseMoney(formatMoney(amountMinor, currency))).toEqual({ amountMinor, currency });
      }),
    );
  });
});

describe('formatMoney', () => {
  it('writes cents, whole yen and fils', () => {
    expect(formatMoney(-7n, 'USD').amount).toBe('-0.07');
    expect(formatMoney(245_032n, 'USD').amount).toBe('2450.32');
    expect(formatMoney(0n, 'JPY').amount).toBe('0');
    expect(formatMoney(5n, 'KWD').amount).toBe('0.005');
  });
});

describe('positiveMoneySchema', () => {
  it.each(['0.00', '-1.00', '1e2', 'abc'])('refuses %s', (amount) => {
    expect(positiveMoneySchema.safeParse({ amount, currency: 'USD' }).success).toBe(false);
  });

  it('takes an amount above zero', () => {
    expect(positiveMoneySchema.safeParse({ amount: '0.01', currency: 'USD' }).success).toBe(true);
  });
});
