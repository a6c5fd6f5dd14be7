import { verify } from 'node:crypto';

import { publicKeyOf } from '../../../src/ledger/tree/index.js';
import { readVectors } from './vectors.js';

interface Wycheproof {
  readonly testGroups: readonly {
    readonly publicKey: { readonly pk: string };
    readonly tests: readonly {
      readonly tcId: number;
      readonly msg: string;
      readonly sig: string;
      readonly result: 'valid' | 'invalid';
    }[];
  }[];
}

const vectors = readVectors<Wycheproof>('wycheproof-ed25519.json');

describe('the signatures of notes and receipts', () => {
  const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');
  const isGood = (key: string, message: string, signature: string): boolean =>
    verify(null, bytes(message), publicKeyOf(bytes(key)), bytes(signature));

  it('are those of RFC 8032, §7.1', () => {
    const key = '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c';
    const signature =
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da' +
      '085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00';
    expect(isGood(key, '72', signature)).toBe(true);
    expect(isGood(key, '73', signature)).toBe(false);
  });

  it('are good or bad as the vectors of Wycheproof say', () => {
    const wrong = (vectors?.testGroups ?? []).flatMap(({ publicKey, tests }) =>
      tests
        .filter(({ msg, sig, result }) => isGood(publicKey.pk, msg, sig) !== (result === 'valid'))
        .map(({ tcId }) => tcId),
    );
    expect(wrong).toEqual([]);
  });
});
