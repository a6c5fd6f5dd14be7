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

  it.each([
    {
      test: 'TEST 1',
      key: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      message: '',
      signature:
        'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555' +
        'fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    },
    {
      test: 'TEST 2',
      key: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      message: '72',
      signature:
        '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da0' +
        '85ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    },
    {
      test: 'TEST 3',
      key: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
      message: 'af82',
      signature:
        '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac1' +
        '8ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    },
  ])('are those of RFC 8032 §7.1, $test', ({ key, message, signature }) => {
    expect(isGood(key, message, signature)).toBe(true);
    expect(isGood(key, `${message}00`, signature)).toBe(false);
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
