import { createHmac } from 'node:crypto';

import { describe, expect, it } from '@jest/globals';

import { KeyStore } from '../../src/platform/index.js';
import {
  type CodeContext,
  digestCode,
  digestContext,
  digestDestination,
  makeCode,
  normaliseCode,
} from '../../src/verification/one-time-code.js';

/** The one thing of a key store that these functions use. */
const keys = {
  mac: (name: string, data: string) =>
    createHmac('sha256', `pepper of ${name}`).update(data).digest(),
} as unknown as KeyStore;

const context: CodeContext = {
  sessionId: 's',
  subjectRef: 'p',
  method: 'sms',
  purpose: 'payment',
  resource: 'account/1',
  amountMinor: '50000',
  currency: 'USD',
  destinationDigest: Buffer.alloc(32, 1),
};

describe('makeCode', () => {
  it('keeps leading zeros and uses every digit in every place', () => {
    const codes = Array.from({ length: 4000 }, () => makeCode(6));
    expect(codes.every((code) => /^\d{6}$/.test(code))).toBe(true);
    for (let place = 0; place < 6; place += 1) {
      expect(new Set(codes.map((code) => code[place])).size).toBe(10);
    }
  });
});

describe('normaliseCode', () => {
  it.each(['123456', '123 456', ' 12-34-56 '])('reads %j as it was meant', (code) => {
    expect(normaliseCode(code)).toBe('123456');
  });
});

describe('digestContext', () => {
  const payee = 'Corner Shop';

  it.each(Object.keys(context))(
    'changes with %s alone, so that any change voids the code',
    (part) => {
      const other = part === 'destinationDigest' ? Buffer.alloc(32, 2) : 'other';
      expect(digestContext(keys, { ...context, [part]: other }, payee)).not.toEqual(
        digestContext(keys, context, payee),
      );
    },
  );

  it.each(['Somebody Else', null])('changes with the payee alone, here to %s', (other) => {
    expect(digestContext(keys, context, other)).not.toEqual(digestContext(keys, context, payee));
  });

  it('keeps the parts apart whatever they hold', () => {
    const one = digestContext(keys, { ...context, currency: 'a","b' }, 'c');
    expect(one).not.toEqual(digestContext(keys, { ...context, currency: 'a' }, 'b","c'));
  });
});

describe('digestCode', () => {
  const binding = {
    id: 'c',
    purpose: 'payment',
    contextDigest: digestContext(keys, context, null),
  };

  it('is keyed: the digest of a known code is not its hash', () => {
    const stolenTable = digestCode(
      {
        mac: (_: string, data: string) => createHmac('sha256', '').update(data).digest(),
      } as unknown as KeyStore,
      binding,
      '123456',
    );
    expect(digestCode(keys, binding, '123456')).not.toEqual(stolenTable);
  });

  it.each([
    ['challenge', { id: 'd' }],
    ['purpose', { purpose: 'dispute' }],
    ['context', { contextDigest: Buffer.alloc(32) }],
  ])('of the same code differs for another %s', (_, change) => {
    expect(digestCode(keys, { ...binding, ...change }, '123456')).not.toEqual(
      digestCode(keys, binding, '123456'),
    );
  });
});

describe('digestDestination', () => {
  it('of nowhere differs for each claimed number, so that none shares another’s limit', () => {
    expect(digestDestination(keys, null, Buffer.from('a'))).not.toEqual(
      digestDestination(keys, null, Buffer.from('b')),
    );
  });
});
