import { randomUUID } from 'node:crypto';

import { Client } from 'pg';

import { jane, juan, Probity, type Reply } from '../support/app.js';

const janesAccount = '10000100-0000-4000-8000-000000000001';

describe('Accounts over HTTP', () => {
  let probity: Probity;
  let low: string;
  let proven: string;

  beforeAll(async () => {
    probity = await Probity.open();
    low = await probity.signIn(jane);
    proven = await prove(jane);
  });
  afterAll(() => probity.close());

  async function prove(customer: typeof jane): Promise<string> {
    const token = await probity.signIn(customer);
    const asked = { method: 'sms', purpose: 'balance-inquiry' };
    const { body } = await probity.post('/v1/challenges', asked, token);
    const code = await probity.newestCode(customer.phone);
    const path = `/v1/challenges/${body.id as string}/attempts`;
    return (await probity.post(path, { code }, token)).body.accessToken as string;
  }

  function ask(path: string, token: string, purpose?: string): Promise<Reply> {
    const headers = purpose === undefined ? {} : { 'Probity-Purpose': purpose };
    return probity.get(`/v1/accounts${path}`, { token, headers });
  }

  it('shows the balance masked, newest first, with a receipt, after its event has committed', async () => {
    const { status, body } = await ask(`/${janesAccount}/balance`, proven, 'balance-inquiry');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      kind: 'balance',
      account: { id: janesAccount, masked: '**56' },
      available: { amount: '2450.32', currency: 'USD' },
      current: { amount: '2450.32', currency: 'USD' },
      receipt: { eventId: expect.any(String) },
    });
    expect(
      body.transactions.map(
        ({ merchant, amount }: { merchant: string; amount: { amount: string } }) => [
          merchant,
          amount.amount,
        ],
      ),
    ).toEqual([
      ['Grocery Store', '-45.67'],
      ['Gas Station', '-52.00'],
      ['Restaurant', '-89.50'],
      ['Online Shopping', '-234.99'],
      ['Electric Bill', '-120.00'],
    ]);
    const [event] = await probity.events('account.balance_disclosed');
    expect(event).toMatchObject({
      id: body.receipt.eventId,
      outcome: 'success',
      purpose: 'balance-inquiry',
      assurance: { acr: 'aal2', method: 'sms' },
      dataAccessed: expect.arrayContaining(['balance.available', 'transaction.amount']),
    });
  });

  it('asks in order: existence, purpose, assurance', async () => {
    const own = `/${janesAccount}/balance`;
    const answers = await Promise.all([
      ask(`/${randomUUID()}/balance`, low),
      ask(own, low),
      ask(own, low, 'nonsense'),
      ask(own, low, 'audit'),
      ask(own, low, 'balance-inquiry'),
    ]);
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual([
      [404, 'resource.not_found'],
      [400, 'purpose.missing'],
      [400, 'purpose.unknown'],
      [403, 'purpose.not_allowed'],
      [401, 'assurance.insufficient'],
    ]);
    expect(answers[4].headers.get('www-authenticate')).toContain('acr_values="aal2"');
    for (const { text } of answers) expect(text).not.toContain('2450');
  });

  it('answers another’s account, an unknown and a malformed one alike, and records the attempt', async () => {
    const token = await prove(juan);
    const paths = [janesAccount, randomUUID(), 'nonsense'].flatMap((id) => [
      `/${id}/balance`,
      `/${id}/transactions`,
    ]);
    for (const path of paths) {
      const { status, body } = await ask(path, token, 'transaction-history');
      expect([status, body.code]).toEqual([404, 'resource.not_found']);
    }
    const refused = await probity.events('account.access_refused');
    expect(refused.at(-1)).toMatchObject({ outcome: 'refused', code: 'resource.not_found' });
  });

  it('lists accounts masked, pages through transactions, and makes statements', async () => {
    const accounts = await ask('', proven, 'balance-inquiry');
    expect(accounts.body.items).toMatchObject([{ id: janesAccount, masked: '**56' }]);

    const history = `/${janesAccount}/transactions?limit=4`;
    const first = await ask(history, proven, 'transaction-history');
    const rest = await ask(
      `${history}&after=${first.body.next as string}`,
      proven,
      'transaction-history',
    );
    expect([first.body.items.length, rest.body.items.length, rest.body.next]).toEqual([4, 2, null]);

    const statement = await probity.post(
      `/v1/accounts/${janesAccount}/statements`,
      {},
      {
        token: proven,
        headers: { 'Probity-Purpose': 'statement' },
      },
    );
    expect([statement.status, statement.body.transactions.length]).toEqual([201, 6]);
  });

  it('shows nothing to staff and to guests', async () => {
    const agent = await ask(
      `/${janesAccount}/balance`,
      await probity.staff('agent'),
      'balance-inquiry',
    );
    expect([agent.status, agent.body.code]).toEqual([403, 'authority.denied']);
    const nobody = await probity.get(`/v1/accounts/${janesAccount}/balance`);
    expect([nobody.status, nobody.body.code]).toEqual([401, 'token.invalid']);
  });

  it('answers 503 while the bank is down, and shows nothing', async () => {
    const admin = new Client({ connectionString: probity.database.urls.bankSuperuser.reveal() });
    await admin.connect();
    await admin.query('ALTER SCHEMA bank RENAME TO bank_down');
    const { status, body } = await ask(`/${janesAccount}/balance`, proven, 'balance-inquiry');
    await admin.query('ALTER SCHEMA bank_down RENAME TO bank');
    await admin.end();
    expect([status, body.code]).toEqual([503, 'service.unavailable']);
  });
});
