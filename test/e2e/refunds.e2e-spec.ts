import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';

import { jane, Probity, type Reply } from '../support/app.js';

let keys = 0;

function freshKey(): string {
  keys += 1;
  return `key-${String(keys)}`;
}

describe('Refunds', () => {
  let probity: Probity;
  let agent: string;
  let lead: string;

  beforeAll(async () => {
    probity = await Probity.open();
    [agent, lead] = await Promise.all([probity.staff('agent'), probity.staff('lead')]);
  });
  afterAll(() => probity.close());

  async function newCase(): Promise<string> {
    const chat = await probity.startChat(await probity.signIn(jane));
    const { body } = await probity.say(
      chat,
      'I want to dispute the $500.00 charge from OnlineStore.com',
    );
    return body.case.id as string;
  }

  /** Made with a fresh Idempotency-Key unless one is named. */
  function refund(
    caseId: string,
    amount: string,
    { token = agent, key = freshKey() }: { token?: string; key?: string } = {},
  ): Promise<Reply> {
    const body = { caseId, amount: { amount, currency: 'USD' }, reason: 'Goods never arrived' };
    return probity.post('/v1/refunds', body, { token, headers: { 'Idempotency-Key': key } });
  }

  function approve(requestId: string, token: string): Promise<Reply> {
    const body = { decision: 'approve', reason: 'Looked at the case' };
    const headers = { 'Idempotency-Key': freshKey() };
    return probity.post(`/v1/approval-requests/${requestId}/votes`, body, { token, headers });
  }

  async function booked(refundId: string): Promise<number> {
    const { body } = await probity.get(`/v1/refunds/${refundId}`, lead);
    expect(body.state).toBe('executed');
    return (await probity.events('refund.executed')).filter(
      ({ resource }) => resource?.id === refundId,
    ).length;
  }

  it('refuses who may not refund as an event, without asking a bank that is silent', async () => {
    const caseId = await newCase();
    const token = await probity.signIn(jane);
    const guest = await probity.startChat();
    const before = (await probity.events('refund.refused')).length;
    const bank = new Client({ connectionString: probity.database.urls.bankSuperuser.reveal() });
    await bank.connect();
    await bank.query('BEGIN');
    await bank.query('LOCK TABLE bank.accounts, bank.customers');
    try {
      for (const caller of [token, guest.token]) {
        const { status, body } = await refund(caseId, '5.00', { token: caller });
        expect([status, body.code]).toEqual([403, 'authority.denied']);
      }
    } finally {
      await bank.query('ROLLBACK');
      await bank.end();
    }
    expect(await probity.events('refund.refused')).toHaveLength(before + 2);
  });

  it('executes 5,000.00 by L1 once, and answers the same key with the same refund', async () => {
    const caseId = await newCase();
    const first = await refund(caseId, '5000.00', { key: 'same-key' });
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({
      refund: { state: 'executed' },
      receipt: { eventId: expect.any(String) },
    });
    const again = await refund(caseId, '5000.00', { key: 'same-key' });
    expect(again.status).toBe(201);
    expect(again.body.refund).toEqual(first.body.refund);
    expect(await booked(first.body.refund.id)).toBe(1);
    const other = await refund(caseId, '4999.00', { key: 'same-key' });
    expect([other.status, other.body.code]).toEqual([422, 'idempotency.key_reused']);
  });

  it('lets 5,000.01 wait for the lead, refuses the requester’s own vote, and executes once', async () => {
    const waiting = await refund(await newCase(), '5000.01');
    expect(waiting.status).toBe(202);
    const { approvalRequest } = waiting.body;
    expect(approvalRequest).toMatchObject({ level: 'L2', rule: expect.any(String) });

    const own = await approve(approvalRequest.id, agent);
    expect(own.status).toBe(403);
    const votes = await Promise.all(
      Array.from({ length: 10 }, () => approve(approvalRequest.id, lead)),
    );
    expect(votes.filter(({ status }) => status < 300)).toHaveLength(1);
    const refundId = waiting.body.refund.id as string;
    await probity.eventually(
      async () => (await probity.get(`/v1/refunds/${refundId}`, lead)).body.state === 'executed',
    );
    expect(await booked(refundId)).toBe(1);
  });

  it('takes the aggregate of the case under its lock: ten parallel refunds of 900 never pass 5,000', async () => {
    const caseId = await newCase();
    const replies = await Promise.all(Array.from({ length: 10 }, () => refund(caseId, '900.00')));
    expect(replies.map(({ status }) => status).sort()).toEqual([
      ...Array<number>(5).fill(201),
      ...Array<number>(5).fill(202),
    ]);
  });

  it('refuses zero, negative, not-a-number, huge and mistyped amounts, and a missing key', async () => {
    const caseId = await newCase();
    for (const amount of ['0.00', '-1.00', 'NaN', '1e3', '9'.repeat(30), '1.001']) {
      const reply = await refund(caseId, amount);
      expect([amount, reply.status, reply.body.code]).toEqual([amount, 400, 'input.invalid']);
    }
    const typed = await probity.post(
      '/v1/refunds',
      { caseId, amount: { amount: 12, currency: 'USD' }, reason: 'x' },
      { token: agent, headers: { 'Idempotency-Key': freshKey() } },
    );
    expect(typed.body.code).toBe('input.invalid');
    const keyless = await probity.post(
      '/v1/refunds',
      { caseId, amount: { amount: '1.00', currency: 'USD' }, reason: 'x' },
      agent,
    );
    expect([keyless.status, keyless.body.code]).toEqual([400, 'idempotency.key_missing']);
  });

  it('executes after a restart, when no key is in memory yet', async () => {
    const caseId = await newCase();
    await probity.restart();
    expect((await refund(caseId, '10.00')).status).toBe(201);
  });

  it('refuses a compliance officer and a customer, and tells the ledger', async () => {
    const before = (await probity.events('refund.refused')).length;
    const caseId = await newCase();
    for (const token of [await probity.staff('compliance'), await probity.signIn(jane)]) {
      const reply = await refund(caseId, '1.00', { token });
      expect([reply.status, reply.body.code]).toEqual([403, 'authority.denied']);
    }
    expect(await probity.events('refund.refused')).toHaveLength(before + 2);
  });
});
