import { Probity } from '../support/app.js';

const unknown = '99999999-9999-4999-8999-999999999999';

describe('authority over HTTP', () => {
  let bank: Probity;
  let agent: string;

  beforeAll(async () => {
    bank = await Probity.open();
    agent = await bank.staff('agent');
  });
  afterAll(() => bank.close());

  const evaluate = (body: object): ReturnType<Probity['post']> =>
    bank.post('/v1/authority/evaluate', body, agent);
  const dollars = (amount: string): object => ({ amount, currency: 'USD' });

  it('tells an agent what they may refund alone, and why', async () => {
    const alone = await evaluate({ action: 'refund.create', amount: dollars('5000.00') });
    expect(alone.status).toBe(200);
    expect(alone.body).toMatchObject({ decision: 'permit', level: 'L1' });
    expect(alone.body.policyVersion).toMatch(/^probity-fintech@/);

    const more = await evaluate({ action: 'refund.create', amount: dollars('5000.01') });
    expect(more.body).toMatchObject({
      decision: 'approval',
      level: 'L2',
      rule: 'limits.case-money.l2',
    });
    expect(more.body.because.at(-1)).toMatchObject({ verdict: 'requires' });
    expect(more.body.receipt.signature).toEqual(expect.any(String));
  });

  it('denies what no rule names, and records no text of the caller', async () => {
    const { body } = await evaluate({ action: 'jane.secret', category: 'also-secret' });
    expect(body).toMatchObject({ decision: 'deny' });
    const rows = await bank.database.query(
      `SELECT 1 FROM audit_events WHERE event LIKE '%jane.secret%' OR event LIKE '%also-secret%'`,
    );
    expect(rows).toEqual([]);
  });

  it.each([
    ['zero', { amount: dollars('0.00') }],
    ['negative', { amount: dollars('-1.00') }],
    ['no number', { amount: dollars('NaN') }],
    ['huge', { amount: dollars('9'.repeat(20)) }],
    ['a bare number', { amount: 5 }],
    ['missing', {}],
    ['in a currency without a rate', { amount: { amount: '1', currency: 'JPY' } }],
    ['of an unknown category', { amount: dollars('1.00'), category: 'birthday' }],
  ])('answers 400 to an amount that is %s', async (_, given) => {
    const { status, body } = await evaluate({ action: 'refund.create', ...given });
    expect([status, body.code]).toEqual([400, 'input.invalid']);
  });

  it('lists requests to those who may, and keeps the refusal of others', async () => {
    const listed = await bank.get('/v1/approval-requests', agent);
    expect(listed.body).toMatchObject({ items: [], next: null });

    const ops = await bank.staff('ops');
    const refused = await bank.get('/v1/approval-requests', ops);
    expect([refused.status, refused.body.code]).toEqual([403, 'authority.denied']);
    const rows = await bank.database.query<{ outcome: string }>(
      `SELECT outcome FROM audit_events WHERE type = 'approval.listed' ORDER BY id DESC LIMIT 1`,
    );
    expect(rows).toEqual([{ outcome: 'refused' }]);
  });

  it('answers unknown and malformed requests alike', async () => {
    for (const id of [unknown, 'nonsense']) {
      const { status, body } = await bank.get(`/v1/approval-requests/${id}`, agent);
      expect([status, body.code]).toEqual([404, 'resource.not_found']);
    }
  });

  it('takes a vote only with a key, and a decision and reason of the schema', async () => {
    const path = `/v1/approval-requests/${unknown}/votes`;
    const vote = { decision: 'approve', reason: 'As agreed' };
    const withoutKey = await bank.post(path, vote, agent);
    expect([withoutKey.status, withoutKey.body.code]).toEqual([400, 'idempotency.key_missing']);

    const keyed = { token: agent, headers: { 'idempotency-key': 'k1' } };
    const wrong = await bank.post(path, { decision: 'maybe', reason: '' }, keyed);
    expect([wrong.status, wrong.body.code]).toEqual([400, 'input.invalid']);
    const missing = await bank.post(path, vote, keyed);
    expect([missing.status, missing.body.code]).toEqual([404, 'resource.not_found']);
  });
});
