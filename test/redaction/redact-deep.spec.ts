import fc from 'fast-check';
import { redactDeep } from '../../src/redaction/index.js';

const card = '4000 0000 0008 1234';

describe('redactDeep', () => {
  it('redacts strings, member names and numbers at any place and says where', () => {
    const { value, redactions } = redactDeep({
      note: `paid with ${card}`,
      items: [{ n: 4000000000081234 }, 4000000000081234n],
      [card]: true,
    });
    expect(value).toEqual({
      note: 'paid with [card ****1234]',
      items: [{ n: '[card ****1234]' }, '[card ****1234]'],
      '[card ****1234]': true,
    });
    expect(redactions.map(({ pointer }) => pointer)).toEqual([
      '/note',
      '/items/0/n',
      '/items/1',
      '',
    ]);
  });

  it('removes the value of a member that is secret by its name', () => {
    const { value } = redactDeep({ cvv: '987', PIN: 4321, access_token: 'abc', pin: null });
    expect(value).toEqual({
      cvv: '[cvv removed]',
      PIN: '[pin removed]',
      access_token: '[access-token removed]',
      pin: null,
    });
  });

  it('keeps what carries no secret as it is', () => {
    const at = new Date(0);
    const value = {
      at,
      amountMinor: 50000n,
      size: 12,
      ok: true,
      none: null,
      list: ['a', undefined],
    };
    expect(redactDeep(value)).toEqual({ value, redactions: [] });
  });

  it('ends on cycles and on values nested without end', () => {
    const cycle: Record<string, unknown> = { card };
    cycle['self'] = cycle;
    let deep: unknown = card;
    for (let level = 0; level < 9000; level += 1) deep = [deep];
    expect(redactDeep(cycle).value).toEqual({ card: '[card ****1234]', self: '[circular]' });
    expect(JSON.stringify(redactDeep(deep).value)).toContain('[too deep]');
  });

  it('redacts errors with their causes', () => {
    const error = new Error(`refused ${card}`, { cause: new Error(`cvv 987`) });
    expect(JSON.stringify(redactDeep(error).value)).not.toMatch(/4000 0000|987/);
  });

  it('answers without the content when a value cannot be read', () => {
    const trap = new Proxy({}, { ownKeys: () => { throw new Error(card); } }); // prettier-ignore
    expect(redactDeep({ trap }).value).toBe('[unreadable]');
  });

  it('never throws, whatever the value', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withMap: true, withSet: true }), (value) => {
        expect(() => redactDeep(value)).not.toThrow();
      }),
    );
  });
});
