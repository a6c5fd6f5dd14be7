import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { jane, Probity } from '../support/app.js';

const mei = { customerNumber: '100003', passcode: '112358' };
/** What differs between any two cases. */
const own = ['id', 'caseId', 'number', 'receivedAt', 'updatedAt', 'receipt', 'next'];

function shape(body: unknown): string {
  return JSON.stringify(body, (name, value: unknown) => (own.includes(name) ? null : value));
}

describe('A customer below aal2', () => {
  let probity: Probity;

  beforeAll(async () => {
    probity = await Probity.open();
  });
  afterAll(() => probity.close());

  function open(body: object, token: string): ReturnType<Probity['post']> {
    const headers = { 'Idempotency-Key': randomUUID() };
    return probity.post(
      '/v1/cases',
      { type: 'dispute', channel: 'chat', ...body },
      { token, headers },
    );
  }

  /** Every answer about a dispute over this merchant. */
  async function answers(merchant: string, token: string): Promise<readonly string[]> {
    const opened = await open({ merchant }, token);
    const path = `/v1/cases/${opened.body.case.id as string}`;
    const seen = await probity.get(path, token);
    const list = await probity.get('/v1/cases?limit=1', token);
    const parts = [
      await probity.get(`${path}/deadlines`, token),
      await probity.get(`${path}/containments`, token),
    ];
    expect(list.body.items[0].id).toBe(opened.body.case.id);
    return [
      shape(opened.body),
      shape(seen.body),
      seen.headers.get('etag') ?? 'none',
      shape(list.body),
      ...parts.map(({ body }) => shape(body)),
    ];
  }

  it.each([
    { customer: jane, matching: ['Restaurant', 'e', 'Restaurant'] },
    { customer: mei, matching: ['Camera Shop', 'Camera'] },
  ])('sees the same whether the bank knows the transaction or not', async (given) => {
    const token = await probity.signIn(given.customer);
    const without = await answers('No Such Merchant 7731', token);
    for (const merchant of given.matching) {
      expect(await answers(merchant, token)).toEqual(without);
    }
  });

  it('sees the clock of the law’s longer period once they are proven, as staff do at once', async () => {
    const token = await probity.signIn(mei);
    const { body } = await open({ merchant: 'Camera Shop' }, token);
    const path = `/v1/cases/${body.case.id as string}/deadlines`;
    const rulesOf = async (reader: string): Promise<string[]> => {
      const { body: deadlines } = await probity.get(path, reader);
      return deadlines.items.map(({ rule }: { rule: { id: string } }) => rule.id);
    };
    expect(await rulesOf(token)).not.toContain('reg-e.determination.new-account');
    expect(await rulesOf(await probity.staff('disputes'))).toContain(
      'reg-e.determination.new-account',
    );
  });

  it('sees flags and links once they are proven', async () => {
    const proven = await probity.verified(jane);
    const twice = { merchant: 'Gas Station' };
    const first = await open(twice, proven);
    const second = await open(twice, proven);
    const path = `/v1/cases/${second.body.case.id as string}`;
    const { body } = await probity.get(path, proven);
    expect(body.flags).toEqual(['duplicate']);
    expect(body.links).toEqual([{ kind: 'duplicate-of', caseId: first.body.case.id as string }]);
  });
});
