import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';

import { Probity, type Reply } from '../support/app.js';

const mei = { customerNumber: '100003', passcode: '112358' };
const noah = { customerNumber: '100006', passcode: '161803' };
const juan = { customerNumber: '100002', passcode: '135791' };

let keys = 0;
const freshKey = (): string => `split-${String((keys += 1))}`;

describe('Money in parts', () => {
  let probity: Probity;
  let bank: Client;
  /** One sign-in each: many at once are what the limits are there to stop. */
  const tokens: Record<string, Promise<string>> = {};
  let staff: Record<'agent' | 'fraud' | 'disputes' | 'lead' | 'head', string>;

  beforeAll(async () => {
    probity = await Probity.open();
    const [agent, fraud, disputes, lead, head] = await Promise.all(
      ['agent', 'fraud', 'disputes', 'lead', 'head'].map((name) => probity.staff(name)),
    );
    staff = { agent: agent!, fraud: fraud!, disputes: disputes!, lead: lead!, head: head! };
    bank = new Client({ connectionString: probity.database.urls.bankSuperuser.reveal() });
    await bank.connect();
  });
  afterAll(async () => {
    await bank.end();
    await probity.close();
  });

  async function newCase(customer: { customerNumber: string; passcode: string }): Promise<string> {
    const { customerNumber } = customer;
    tokens[customerNumber] ??= probity.signIn(customer);
    const chat = await probity.startChat(await tokens[customerNumber]);
    const { body } = await probity.say(chat, 'I want to dispute a $20.00 charge from Some Store');
    return body.case.id as string;
  }

  function pay(
    path: 'refunds' | 'fee-reversals',
    body: object,
    { token = staff.agent, url = probity.url }: { token?: string; url?: string } = {},
  ): Promise<Reply> {
    return fetch(`${url}/v1/${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${token}`,
        'Idempotency-Key': freshKey(),
      },
      body: JSON.stringify(body),
    }).then(async (response) => {
      const text = await response.text();
      const { status, headers } = response;
      return { status, headers, text, body: JSON.parse(text) as unknown };
    });
  }

  function refund(
    caseId: string,
    amount: string,
    by: { token?: string; url?: string } = {},
  ): Promise<Reply> {
    const body = { caseId, amount: { amount, currency: 'USD' }, reason: 'Goods never arrived' };
    return pay('refunds', body, by);
  }

  it('sums over the cases of one customer under lock: ten parallel refunds of 5,000 on ten cases, through two processes, execute five', async () => {
    const cases = await Promise.all(Array.from({ length: 10 }, () => newCase(juan)));
    const second = await probity.second();
    try {
      const replies = await Promise.all(
        cases.map((id, place) =>
          refund(id, '5000.00', {
            token: place < 5 ? staff.agent : staff.fraud,
            url: place % 2 === 0 ? probity.url : second.url,
          }),
        ),
      );
      expect(replies.map(({ status }) => status).sort()).toEqual([
        ...Array<number>(5).fill(201),
        ...Array<number>(5).fill(202),
      ]);
      const waiting = replies.filter(({ status }) => status === 202);
      expect(waiting.map(({ body }) => body.approvalRequest)).toEqual(
        Array<object>(5).fill(
          expect.objectContaining({ level: 'L2', rule: 'limits.case-money.customer.l2' }),
        ),
      );
    } finally {
      await second.close();
    }
  });

  it('raises an alert for what looks split, and tells compliance', async () => {
    const found = await probity.events('refund.splitting_suspected');
    // The first of the ten was alone; each after it belongs to a sum beyond the limit of one case.
    expect(found).toHaveLength(9);
    expect(found[0]!.detail).toMatchObject({ action: 'refund.create', amount: '5000.00' });
    const told = await probity.eventually(async () => {
      const { body } = await probity.get('/dev/outbox?destination=compliance%40probity.example');
      return (body.items as { text: string }[]).find(({ text }) => text.includes('looks split'));
    });
    expect(told.text).not.toContain('Juan');
  });

  it('counts linked customers like one', async () => {
    await bank.query('INSERT INTO bank.customer_links VALUES ($1, $2)', [
      mei.customerNumber,
      noah.customerNumber,
    ]);
    const [first, second] = [await newCase(mei), await newCase(noah)];
    expect((await refund(first, '24000.00', { token: staff.lead })).status).toBe(201);
    expect((await refund(second, '1000.00', { token: staff.disputes })).status).toBe(201);
    const third = await refund(await newCase(noah), '0.01', { token: staff.disputes });
    expect(third.body.approvalRequest).toMatchObject({
      level: 'L2',
      rule: 'limits.case-money.linked-customers.l2',
    });
  });

  it('answers the dry run with the same sums', async () => {
    const { body } = await probity.post(
      '/v1/authority/evaluate',
      {
        action: 'refund.create',
        amount: { amount: '1.00', currency: 'USD' },
        caseId: await newCase(juan),
      },
      staff.agent,
    );
    expect(body).toMatchObject({
      decision: 'approval',
      rule: 'limits.case-money.customer.l2',
      sums: expect.arrayContaining([
        {
          rule: 'limits.case-money.customer',
          scope: 'customer',
          total: { amount: '25001.00', currency: 'USD' },
          level: 'L2',
        },
      ]),
    });
  });

  describe('A fee', () => {
    let caseId: string;
    let fee: string;

    beforeAll(async () => {
      caseId = await newCase(juan);
      const { rows } = await bank.query<{ id: string }>(
        `SELECT id FROM bank.transactions WHERE merchant = 'Overdraft Fee'`,
      );
      fee = rows[0]!.id;
    });

    const reverse = (transactionId: string, amount: string, token = staff.head): Promise<Reply> =>
      pay(
        'fee-reversals',
        { caseId, transactionId, amount: { amount, currency: 'USD' }, reason: 'Charged twice' },
        { token },
      );

    it('is given back once, however many ask at once', async () => {
      const replies = await Promise.all(Array.from({ length: 10 }, () => reverse(fee, '35.00')));
      expect(replies.map(({ status }) => status).sort()).toEqual([
        201,
        ...Array<number>(9).fill(409),
      ]);
      expect(replies.find(({ status }) => status === 409)!.body.code).toBe(
        'fee_reversal.exceeds_fee',
      );
      const { rows } = await bank.query(
        `SELECT amount_minor FROM bank.transactions WHERE merchant = 'Fee reversal'`,
      );
      expect(rows).toEqual([{ amount_minor: '3500' }]);
      expect(await probity.events('fee_reversal.executed')).toHaveLength(1);
    });

    it('is refused where the transaction is none, or another customer’s', async () => {
      const { rows } = await bank.query<{ id: string }>(
        `SELECT id FROM bank.transactions WHERE merchant IN ('Rent', 'Furniture Outlet')`,
      );
      for (const { id } of rows) {
        const reply = await reverse(id, '1.00');
        expect([reply.status, reply.body.code]).toEqual([409, 'fee_reversal.fee_unknown']);
      }
      expect(rows).toHaveLength(2);
    });

    it('counts against the same limits as a refund', async () => {
      const before = await probity.database.query(
        `SELECT DISTINCT action FROM authority_exposures ORDER BY action`,
      );
      expect(before).toEqual([{ action: 'fee-reversal.create' }, { action: 'refund.create' }]);
    });
  });
});
