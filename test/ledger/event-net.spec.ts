import { randomBytes, randomUUID } from 'node:crypto';

import { describe, expect, it } from '@jest/globals';

import { assertNothingSensitive, findSensitive } from '../../src/ledger/event-net.js';

const net = (value: unknown) => () => {
  assertNothingSensitive('test.event', value);
};

describe('The net under events', () => {
  it.each([
    [
      'a card number in a text',
      { detail: { text: 'paid with 4000 0000 0008 1234' } },
      '/detail/text',
    ],
    ['a card number as a number', { detail: { amount: 4_000_000_000_081_234 } }, '/detail/amount'],
    ['a card number in a list', { list: [{ text: 'x' }, '4000000000081234'] }, '/list/1'],
    ['a card number as a member’s name', { '4000000000081234': true }, ''],
    [
      'a card number under the name of every object’s prototype',
      JSON.parse('{"__proto__":{"text":"4000 0000 0008 1234"}}') as unknown,
      '/__proto__/text',
    ],
    ['a member that is secret by its name', { detail: { cvv: 123 } }, '/detail/cvv'],
    ['a secret of letters alone', { detail: { password: 'hunter' } }, '/detail/password'],
    ['a secret among plain values', { a: 'USD', b: '**56', pin_code: '1234' }, '/pin_code'],
  ])('catches %s', (_name, value, place) => {
    expect(net(value)).toThrow(`at ${place}`);
  });

  it('finds nothing in ten thousand events of random ids, digests and commitments', () => {
    const base64 = () => randomBytes(32).toString('base64');
    const found = Array.from({ length: 10_000 }, () =>
      findSensitive({
        id: randomUUID(),
        actor: { id: randomUUID(), kind: 'customer' },
        origin: {
          address: base64(),
          userAgent: base64(),
          traceId: randomBytes(16).toString('hex'),
        },
        payloadCommitment: base64(),
        policy: { digest: randomBytes(32).toString('hex'), rule: 'balance.read.own' },
      }),
    ).flat();
    expect(found).toEqual([]);
  });

  it('names kind and place, never the value', () => {
    expect(net({ note: 'card 4000 0000 0008 1234' })).toThrow(
      /^Event test\.event would have carried card-number at \/note$/,
    );
  });

  it('lets ids, digests, instants, amounts and masked numbers pass', () => {
    const value = {
      id: '01a22f37-cd43-73a5-bfdf-60823a14c549',
      digest: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      at: '2026-12-01T01:28:35.907Z',
      money: { amount: '-5000.00', currency: 'USD', minor: 500_000 },
      account: '**56',
      flags: [true, null, 'cards.block'],
    };
    expect(net(value)).not.toThrow();
  });

  it('finds a card number as deep, and behind as much, as an event can hold', () => {
    let nested: unknown = '4111 1111 1111 1111';
    for (let depth = 0; depth < 62; depth += 1) nested = depth % 2 === 0 ? [nested] : { nested };
    expect(net(nested)).toThrow('card-number at');
    const most = 65_535 / '1,'.length;
    const long = [...Array<number>(Math.floor(most)).fill(1), '4111 1111 1111 1111'];
    expect(net({ long })).toThrow('card-number at /long/');
  });
});
