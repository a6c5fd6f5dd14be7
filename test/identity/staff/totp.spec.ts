import { describe, expect, it } from '@jest/globals';
import { generate, ScureBase32Plugin } from 'otplib';

import { verifyTotp } from '../../../src/identity/staff/totp.js';

const secret = new ScureBase32Plugin().encode(Buffer.from('12345678901234567890', 'ascii'));
const policy = {
  id: 'totp',
  citation: 'RFC 6238',
  effectiveFrom: '2026-01-01',
  digits: 6,
  periodSeconds: 30,
  toleranceSteps: 1,
  secretBytes: 20,
};
const at = (seconds: number): Date => new Date(seconds * 1000);
const check = (code: unknown, seconds: number): Promise<number | null> =>
  verifyTotp({ secret, code, now: at(seconds), policy });
const codeAt = (epoch: number): Promise<string> =>
  generate({ secret, algorithm: 'sha1', digits: 6, period: 30, epoch });

describe('verifyTotp', () => {
  // RFC 6238 appendix B, the last six of its eight digits.
  it.each([
    [59, '287082'],
    [1111111109, '081804'],
    [1111111111, '050471'],
    [1234567890, '005924'],
    [2000000000, '279037'],
    [20000000000, '353130'],
  ])('accepts the published code at %i and answers its step', async (seconds, code) => {
    expect(await check(code, seconds)).toBe(Math.floor(seconds / 30));
  });

  it('accepts one step before and after, and none further', async () => {
    const now = 1_800_000_015;
    const step = Math.floor(now / 30);
    expect(await check(await codeAt(now - 30), now)).toBe(step - 1);
    expect(await check(await codeAt(now + 30), now)).toBe(step + 1);
    expect(await check(await codeAt(now - 60), now)).toBeNull();
    expect(await check(await codeAt(now + 60), now)).toBeNull();
  });

  it.each([
    null,
    undefined,
    '',
    '12345',
    '1234567',
    'abcdef',
    ['287082'],
    287082,
    { code: '287082' },
    '２８７０８２',
  ])('refuses %j without a fault', async (code) => {
    expect(await check(code, 59)).toBeNull();
  });
});
