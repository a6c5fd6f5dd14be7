import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';

import { Reconciliation } from '../../../src/cases/reconciliation/reconciliation.js';
import { jane, Probity } from '../../support/app.js';

const later = (): Date => new Date(Date.now() + 11 * 60_000);

describe('Reconciliation', () => {
  let probity: Probity;
  let bank: Client;
  let agent: string;
  let finance: string;

  beforeAll(async () => {
    probity = await Probity.open();
    [agent, finance] = await Promise.all([probity.staff('agent'), probity.staff('finance')]);
    bank = new Client({ connectionString: probity.database.urls.bankSuperuser.reveal() });
    await bank.connect();
  });
  afterAll(async () => {
    await bank.end();
    await probity.close();
  });

  async function refunded(key: string): Promise<string> {
    const chat = await probity.startChat(await probity.signIn(jane));
    const { body } = await probity.say(
      chat,
      'I want to dispute the $500.00 charge from OnlineStore.com',
    );
    const reply = await probity.post(
      '/v1/refunds',
      { caseId: body.case.id, amount: { amount: '12.00', currency: 'USD' }, reason: 'x' },
      { token: agent, headers: { 'Idempotency-Key': key } },
    );
    return reply.body.refund.id as string;
  }

  const reconcile = () => probity.app.get(Reconciliation, { strict: false }).run(later());
  const differences = async (state = 'open') =>
    (await probity.get(`/v1/money-differences?state=${state}`, finance)).body.items as {
      refundId: string;
      kind: string;
    }[];

  it('finds nothing where all is well, and says so as an event', async () => {
    await refunded('well-1');
    expect(await reconcile()).toMatchObject({ found: 0, open: 0 });
    expect(await differences()).toEqual([]);
    expect((await probity.events('money.reconciled')).at(-1)!.detail).toMatchObject({ found: 0 });
  });

  it('finds what the bank, or somebody in a database, made different, tells compliance, and sees it mended', async () => {
    const [lost, grown, moved] = [
      await refunded('r-1'),
      await refunded('r-2'),
      await refunded('r-3'),
    ];
    const [saved] = (
      await bank.query(`DELETE FROM bank.refunds WHERE refund_id = $1 RETURNING *`, [lost])
    ).rows as Record<string, unknown>[];
    await bank.query('UPDATE bank.refunds SET amount_minor = 120000 WHERE refund_id = $1', [grown]);
    await probity.database.query('UPDATE refunds SET amount_minor = 999900 WHERE id = $1', [moved]);
    const unknown = '99999999-0000-4000-8000-000000000001';
    await bank.query(
      `INSERT INTO bank.refunds SELECT $1, gen_random_uuid(), account_id, 100, 'USD', booked_at
       FROM bank.refunds LIMIT 1`,
      [unknown],
    );
    expect(await reconcile()).toMatchObject({ found: 5, open: 5 });
    const found = (await differences()).map(({ refundId, kind }) => `${refundId} ${kind}`).sort();
    expect(found).toEqual(
      [
        `${lost} not_booked`,
        `${grown} booked_amount_differs`,
        `${moved} booked_amount_differs`,
        `${moved} not_counted`,
        `${unknown} unknown_booking`,
      ].sort(),
    );
    // A second run reports nothing twice.
    expect(await reconcile()).toMatchObject({ found: 0, open: 5 });
    expect(await probity.events('money.difference_found')).toHaveLength(5);
    await probity.eventually(async () => {
      const { body } = await probity.get('/dev/outbox?destination=compliance%40probity.example');
      return (body.items as { text: string }[]).some(({ text }) =>
        text.includes('5 new difference(s)'),
      );
    });

    await bank.query(
      'INSERT INTO bank.refunds VALUES ($1, $2, $3, $4, $5, $6)',
      Object.values(saved!),
    );
    expect(await reconcile()).toMatchObject({ found: 0, gone: 1, open: 4 });
    expect((await differences()).map(({ refundId }) => refundId)).not.toContain(lost);
    expect((await differences('all')).map(({ refundId }) => refundId)).toContain(lost);
  });

  it('shows differences to finance, compliance and audit only', async () => {
    const reply = await probity.get('/v1/money-differences', agent);
    expect([reply.status, reply.body.code]).toEqual([403, 'authority.denied']);
  });
});
