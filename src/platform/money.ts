import { z } from 'zod';

/** Money as the API writes it: an exact decimal in a string. */
export interface Money {
  readonly amount: string;
  /** ISO 4217 alphabetic code. */
  readonly currency: string;
}

/** Money as the product computes with it. */
export interface MinorMoney {
  readonly amountMinor: bigint;
  readonly currency: string;
}

/** Minor units of currencies that do not have two (ISO 4217:2015, table A.1). */
const exponents: Readonly<Record<string, number>> = {
  BIF: 0,
  CLP: 0,
  DJF: 0,
  GNF: 0,
  ISK: 0,
  JPY: 0,
  KMF: 0,
  KRW: 0,
  PYG: 0,
  RWF: 0,
  UGX: 0,
  UYI: 0,
  VND: 0,
  VUV: 0,
  XAF: 0,
  XOF: 0,
  XPF: 0,
  BHD: 3,
  IQD: 3,
  JOD: 3,
  KWD: 3,
  LYD: 3,
  OMR: 3,
  TND: 3,
  CLF: 4,
  UYW: 4,
};
const exponentDefault = 2;

const currencyPattern = /^[A-Z]{3}$/;
/** No exponent, no plus sign, no leading zeros, no bare point: one spelling per amount and scale. */
const amountPattern = /^(-?)(0|[1-9]\d{0,14})(?:\.(\d{1,4}))?$/;

/** Thrown for a text that is not an amount of its currency. Its message never repeats the text. */
export class MoneyMalformed extends Error {
  override readonly name = 'MoneyMalformed';
}

/** Digits after the point: 2 where ISO 4217 says nothing else. */
export function currencyExponent(currency: string): number {
  return exponents[currency] ?? exponentDefault;
}

/**
 * Parses an exact decimal of at most 15 digits before the point into minor units; fewer decimals
 * than the currency has are taken as written with zeros.
 *
 * @throws MoneyMalformed for NaN, exponents, more decimals than the currency has, or negative zero.
 */
export function parseMoney(money: Money): MinorMoney {
  const { amount, currency } = money;
  if (!currencyPattern.test(currency))
    throw new MoneyMalformed('The currency is not an ISO 4217 code');
  const match = amountPattern.exec(amount);
  const [, sign = '', whole = '', decimals = ''] = match ?? [];
  const exponent = currencyExponent(currency);
  if (!match || decimals.length > exponent) {
    throw new MoneyMalformed(
      `The amount is not a decimal with at most ${String(exponent)} decimals`,
    );
  }
  const magnitude = BigInt(whole + decimals.padEnd(exponent, '0'));
  if (sign !== '' && magnitude === 0n) throw new MoneyMalformed('Zero has no sign');
  return { amountMinor: sign === '' ? magnitude : -magnitude, currency };
}

/** Writes minor units as the exact decimal of the currency: `-4567n`, `USD` is `-45.67`. */
export function formatMoney(amountMinor: bigint, currency: string): Money {
  const exponent = currencyExponent(currency);
  const sign = amountMinor < 0n ? '-' : '';
  const digits = String(amountMinor < 0n ? -amountMinor : amountMinor).padStart(exponent + 1, '0');
  const point = digits.length - exponent;
  const decimals = exponent === 0 ? '' : `.${digits.slice(point)}`;
  return { amount: `${sign}${digits.slice(0, point)}${decimals}`, currency };
}

/** Schema of money in answers. */
export const moneySchema = z
  .strictObject({
    amount: z
      .string()
      .meta({ description: 'Exact decimal; debits are negative.', examples: ['500.00'] }),
    currency: z.string().regex(currencyPattern).meta({ description: 'ISO 4217 alphabetic code.' }),
  })
  .meta({ id: 'Money', description: 'An exact amount of money.' });

/** Schema of an amount in requests: greater than zero, within its currency's decimals. */
export const positiveMoneySchema = z
  .strictObject({ amount: z.string().max(21), currency: z.string().regex(currencyPattern) })
  .refine(isPositive, { path: ['amount'], error: 'an exact decimal above zero, as a string' })
  .meta({ id: 'PositiveMoney', description: 'An exact amount of money above zero.' });

function isPositive(money: Money): boolean {
  try {
    return parseMoney(money).amountMinor > 0n;
  } catch {
    return false;
  }
}
