import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { jane, Probity, type Reply } from '../support/app.js';

describe('Routes of staff', () => {
  let probity: Probity;

  beforeAll(async () => {
    probity = await Probity.open();
  });
  afterAll(() => probity.close());

  const vote = { decision: 'approve', reason: 'As agreed' };
  const key = (): Record<string, string> => ({ 'Idempotency-Key': randomUUID() });

  /** A refund above the agent's level, and the request that waits for the lead. */
  async function waitingRequest(agent: string): Promise<string> {
    const chat = await probity.startChat(await probity.signIn(jane));
    const { body } = await probity.say(chat, 'I want to dispute the $500.00 charge from Gas Town');
    const refund = await probity.post(
      '/v1/refunds',
      {
        caseId: body.case.id as string,
        amount: { amount: '5000.01', currency: 'USD' },
        reason: 'Goods never arrived',
      },
      { token: agent, headers: key() },
    );
    return refund.body.approvalRequest.id as string;
  }

  it('refuse the token of a customer or guest with 403, and the refusal is an event', async () => {
    const requestId = await waitingRequest(await probity.staff('agent'));
    const customer = await probity.signIn(jane);
    const guest = (await probity.startChat()).token;
    const requests = '/v1/approval-requests';
    const routes: [string, (token: string) => Promise<Reply>][] = [
      ['approval.listed', (token) => probity.get(requests, token)],
      ['approval.read', (token) => probity.get(`${requests}/${requestId}`, token)],
      ['approval.read', (token) => probity.get(`${requests}/${randomUUID()}`, token)],
      ...[requestId, randomUUID()].map((id): [string, (token: string) => Promise<Reply>] => [
        'approval.vote_refused',
        (token) => probity.post(`${requests}/${id}/votes`, vote, { token, headers: key() }),
      ]),
      [
        'authority.evaluated',
        (token) => probity.post('/v1/authority/evaluate', { action: 'refund.create' }, token),
      ],
      [
        'classification.previewed',
        (token) => probity.post('/v1/classifications', { text: 'Hello' }, token),
      ],
    ];
    for (const [type, call] of routes) {
      for (const token of [customer, guest]) {
        const before = (await probity.events(type)).length;
        const { status, body } = await call(token);
        expect([type, status, body.code]).toEqual([type, 403, 'authority.denied']);
        const told = (await probity.events(type)).slice(before);
        expect(told).toMatchObject([{ outcome: 'refused', code: 'authority.denied' }]);
      }
    }
  });

  it('take a vote for the version that its If-Match names, and for no other', async () => {
    const requestId = await waitingRequest(await probity.staff('fraud'));
    const lead = await probity.staff('lead');
    const path = `/v1/approval-requests/${requestId}`;
    const etag = (await probity.get(path, lead)).headers.get('etag') ?? '';
    const send = (ifMatch: string): Promise<Reply> =>
      probity.post(`${path}/votes`, vote, {
        token: lead,
        headers: { ...key(), 'If-Match': ifMatch },
      });
    for (const stale of ['"999"', `W/${etag}`]) {
      const { status, body } = await send(stale);
      expect([status, body.code]).toEqual([412, 'approval.changed']);
    }
    expect((await send(`"999", ${etag}`)).status).toBe(201);
  });
});
