import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { type Chat, jane, juan, Probity } from '../support/app.js';

const unknownId = '01939f00-0000-7000-8000-00000000dead';

describe('The balance dialogue', () => {
  let probity: Probity;
  /** Jane at `aal2`: sending limits hold in tests too, so she is verified once. */
  let verifiedJane: string;

  beforeAll(async () => {
    probity = await Probity.open();
  });
  afterAll(() => probity.close());

  it('gives Jane her balance only after the right code, and tells each step to the ledger', async () => {
    const chat = await signsIn();
    await asksAndIsSentACode(chat);
    const code = await probity.newestCode(jane.phone);
    await guessesWrongTwice(chat, code);
    verifiedJane = await seesTheBalance(chat, code);
    await isRefusedTheSameCode(chat, code);
    await leavesEachStepInTheLedger();
  });

  async function signsIn(): Promise<Chat> {
    const signIn = await probity.post('/v1/customer-sessions', {
      customerNumber: jane.customerNumber,
      passcode: jane.passcode,
    });
    expect(signIn.status).toBe(201);
    expect(signIn.body).toMatchObject({ tokenType: 'Bearer', acr: 'aal1' });
    return probity.startChat(signIn.body.accessToken);
  }

  async function asksAndIsSentACode(chat: Chat): Promise<void> {
    const asked = await probity.say(chat, "What's my current balance?");
    expect(asked.status).toBe(201);
    expect(asked.body).toMatchObject({
      outcome: 'verification_required',
      classification: { intent: 'balance-inquiry' },
      challenge: { method: 'sms', destination: '**34', attemptsLeft: 5 },
    });
    expect(asked.body.classification.confidence).toBeGreaterThanOrEqual(0.9);
    expect(asked.body.data).toBeUndefined();
    expect(asked.text).not.toMatch(/2,?450|\*\*56/);
  }

  async function guessesWrongTwice(chat: Chat, code: string): Promise<void> {
    const wrong = code === '111111' ? '222222' : '111111';
    const first = await probity.say(chat, wrong);
    const second = await probity.say(chat, wrong);
    for (const reply of [first, second]) {
      expect(reply.status).toBe(201);
      expect(reply.body).toMatchObject({
        outcome: 'verification_required',
        code: 'verification.failed',
      });
      expect(reply.text).not.toContain(wrong);
    }
    expect(first.body.reply).toEqual(second.body.reply);
  }

  /** The `aal2` token that comes with the answer. */
  async function seesTheBalance(chat: Chat, code: string): Promise<string> {
    const answered = await probity.say(chat, code);
    expect(answered.status).toBe(201);
    expect(answered.body).toMatchObject({
      outcome: 'answered',
      message: { redactions: [{ kind: 'one-time-code' }] },
      data: {
        kind: 'balance',
        account: { masked: '**56' },
        available: { amount: '2450.32', currency: 'USD' },
        current: { amount: '2450.32', currency: 'USD' },
      },
      reply: { templateId: 'balance-answer', text: expect.stringContaining('2,450.32 USD') },
    });
    expect(
      answered.body.data.transactions.map((t: Listed) => [t.merchant, t.amount.amount]),
    ).toEqual([
      ['Grocery Store', '-45.67'],
      ['Gas Station', '-52.00'],
      ['Restaurant', '-89.50'],
      ['Online Shopping', '-234.99'],
      ['Electric Bill', '-120.00'],
    ]);
    expect(answered.body.reply.disclaimerIds.length).toBeGreaterThan(0);
    expect(payloadOf(answered.body.accessToken)).toMatchObject({ acr: 'aal2' });
    expect(answered.body.receipt).toMatchObject({
      eventId: expect.any(String),
      signature: expect.any(String),
    });
    return answered.body.accessToken as string;
  }

  async function isRefusedTheSameCode(chat: Chat, code: string): Promise<void> {
    const again = await probity.say({ ...chat, token: verifiedJane }, code);
    expect(again.body).toMatchObject({ outcome: 'refused', code: 'verification.failed' });
  }

  async function leavesEachStepInTheLedger(): Promise<void> {
    const steps = (await probity.events('playbook.step_completed')).map(
      ({ detail }) => detail['step'],
    );
    expect(steps).toEqual(['verify_identity', 'fetch', 'format_and_mask', 'log_access']);
    const [disclosure] = await probity.events('account.balance_disclosed');
    expect(disclosure).toMatchObject({
      outcome: 'success',
      purpose: 'balance-inquiry',
      actor: { kind: 'customer' },
      assurance: { acr: 'aal2', method: 'sms' },
      policy: { digest: expect.stringMatching(/^[0-9a-f]{64}$/), rule: expect.any(String) },
      origin: { channel: 'chat' },
    });
    expect(disclosure?.dataAccessed).toEqual(
      expect.arrayContaining(['balance.available', 'balance.current']),
    );
    expect(await probity.events('verification.challenge_failed')).toHaveLength(2);
    expect(await probity.events('verification.verified')).toHaveLength(1);
  }

  it('answers a further question at aal2 without another code', async () => {
    const chat = await probity.startChat(verifiedJane);
    const { body } = await probity.say(chat, 'how much money do I have?');
    expect(body).toMatchObject({ outcome: 'answered', data: { kind: 'balance' } });
  });

  it('gives Juan the same 404 for what is Jane’s as for what does not exist', async () => {
    const janesChat = await probity.startChat(verifiedJane);
    const accounts = await probity.get('/v1/accounts', {
      token: verifiedJane,
      headers: { 'Probity-Purpose': 'balance-inquiry' },
    });
    const janesAccount = accounts.body.items[0].id as string;
    const asked = await probity.say(
      await probity.startChat(await probity.signIn(jane)),
      "what's my balance?",
    );
    const janesChallenge = asked.body.challenge.id as string;
    const juans = await probity.verified(juan);
    const purpose = { 'Probity-Purpose': 'balance-inquiry' };

    const routes: [string, (id: string) => Promise<{ status: number; body: object }>][] = [
      [
        janesAccount,
        (id) => probity.get(`/v1/accounts/${id}/balance`, { token: juans, headers: purpose }),
      ],
      [
        janesChallenge,
        (id) => probity.post(`/v1/challenges/${id}/attempts`, { code: '123456' }, juans),
      ],
      [
        janesChat.id,
        (id) => probity.post(`/v1/conversations/${id}/messages`, { text: 'hi' }, juans),
      ],
      [janesChat.id, (id) => probity.get(`/v1/conversations/${id}`, juans)],
    ];
    for (const [foreign, call] of routes) {
      const answers = await Promise.all([call(foreign), call(unknownId), call('not-an-id')]);
      const bodies = answers.map(({ body }) => ({ ...body, instance: null }));
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
      expect(bodies[0]).toMatchObject({ code: 'resource.not_found' });
      expect(bodies[1]).toEqual(bodies[0]);
      expect(bodies[2]).toEqual(bodies[0]);
    }
  });

  it('tells a guest to sign in and sends nothing', async () => {
    const { body } = await probity.say(await probity.startChat(), "What's my current balance?");
    expect(body).toMatchObject({
      outcome: 'verification_required',
      reply: { templateId: 'sign-in-required' },
    });
    expect(body.challenge).toBeUndefined();
  });

  it('forgets nothing over a restart: the code sent before resumes the question after', async () => {
    const chat = await probity.startChat(await probity.signIn(juan));
    await probity.say(chat, "What's my current balance?");
    const code = await probity.newestCode(juan.phone);
    await probity.restart();
    const { body } = await probity.say(chat, code);
    expect(body).toMatchObject({ outcome: 'answered', data: { account: { masked: '**90' } } });
  });

  it('shows no balance while the database takes no events', async () => {
    const token = verifiedJane;
    const purpose = { 'Probity-Purpose': 'balance-inquiry' };
    const accounts = await probity.get('/v1/accounts', { token: token, headers: purpose });
    const path = `/v1/accounts/${accounts.body.items[0].id as string}/balance`;
    expect((await probity.get(path, { token, headers: purpose })).status).toBe(200);

    await readOnly(probity, true);
    const refused = await probity.get(path, { token, headers: purpose });
    const chat = await probity.startChat(token);
    await readOnly(probity, false);

    expect(refused.status).toBe(503);
    expect(refused.body).toMatchObject({ code: 'service.unavailable' });
    expect(refused.text).not.toContain('2450');
    expect(chat.id).toBeUndefined();
  });
});

interface Listed {
  readonly merchant: string;
  readonly amount: { readonly amount: string };
}

function payloadOf(token: string): unknown {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}

/** What an operator does to a database in trouble: new sessions and transactions only read. */
async function readOnly(probity: Probity, on: boolean): Promise<void> {
  const { name } = probity.database;
  await probity.database.query(
    `ALTER DATABASE ${name} SET default_transaction_read_only = ${on ? 'on' : 'off'}`,
  );
  await probity.database.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()`,
    [name],
  );
}
