import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { jane, Probity, type Reply } from '../support/app.js';

describe('POST /v1/cases', () => {
  let probity: Probity;

  beforeAll(async () => {
    probity = await Probity.open();
  });
  afterAll(() => probity.close());

  const open = (type: string, token: string): Promise<Reply> =>
    probity.post('/v1/cases', { type }, { token, headers: { 'Idempotency-Key': randomUUID() } });

  it('opens what a customer may give notice of', async () => {
    const customer = await probity.signIn(jane);
    for (const type of ['fraud', 'dispute', 'complaint', 'ticket']) {
      expect([type, (await open(type, customer)).status]).toEqual([type, 201]);
    }
  });

  it('opens violations and regulatory inquiries for staff alone, and ledgers the refusal', async () => {
    const customer = await probity.signIn(jane);
    const compliance = await probity.staff('compliance');
    for (const type of ['violation', 'regulatory-inquiry']) {
      const { status, body } = await open(type, customer);
      expect([type, status, body.code]).toEqual([type, 403, 'authority.denied']);
      expect((await open(type, compliance)).status).toBe(201);
    }
    const refusals = await probity.events('case.refused');
    expect(refusals.map(({ outcome, detail }) => [outcome, detail['type']])).toEqual([
      ['refused', 'violation'],
      ['refused', 'regulatory-inquiry'],
    ]);
  });
});
