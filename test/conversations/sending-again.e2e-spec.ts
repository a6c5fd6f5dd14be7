import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { type Caller, type Chat, jane, juan, Probity, type Reply } from '../support/app.js';

const notice = "I see a $500 charge I didn't make!";

describe('The same Idempotency-Key', () => {
  let probity: Probity;

  beforeAll(async () => {
    probity = await Probity.open();
  });
  afterAll(() => probity.close());

  const say = (chat: Chat, text: string, key: string): Promise<Reply> =>
    probity.post(`/v1/conversations/${chat.id}/messages`, { text }, caller(key, chat.token));
  const caller = (key: string, token?: string): Caller => ({
    ...(token === undefined ? {} : { token }),
    headers: { 'Idempotency-Key': key },
  });
  const count = async (table: string): Promise<number> => {
    const [row] = await probity.database.query<{ count: string }>(
      `SELECT count(*) AS count FROM ${table}`,
    );
    return Number(row?.count);
  };

  it('starts one conversation, and gives the guest the same token', async () => {
    const key = randomUUID();
    const first = await probity.post('/v1/conversations', { channel: 'chat' }, caller(key));
    const again = await probity.post('/v1/conversations', { channel: 'chat' }, caller(key));
    expect(first.status).toBe(201);
    expect(again.body).toEqual(first.body);

    const elsewhere = { 'Idempotency-Key': key, 'User-Agent': 'somebody-else/1.0' };
    const stranger = await probity.post(
      '/v1/conversations',
      { channel: 'chat' },
      { headers: elsewhere },
    );
    expect(stranger.body.id).not.toBe(first.body.id);
    const other = await probity.post('/v1/conversations', { channel: 'email' }, caller(key));
    expect([other.status, other.body.code]).toEqual([422, 'idempotency.key_reused']);
  });

  it('opens one fraud case for a message sent twice, and one with the answer of the first', async () => {
    const chat = await probity.startChat();
    const key = randomUUID();
    const before = await count('cases');
    const first = await say(chat, notice, key);
    const again = await say(chat, notice, key);
    expect(first.body.outcome).toBe('case_opened');
    expect([again.status, again.body]).toEqual([201, first.body]);
    expect(await count('cases')).toBe(before + 1);
    const other = await say(chat, 'something else', key);
    expect([other.status, other.body.code]).toEqual([422, 'idempotency.key_reused']);
  });

  it('opens one case for messages sent at the same moment', async () => {
    const chat = await probity.startChat(await probity.signIn(juan));
    const key = randomUUID();
    const before = await count('cases');
    const text = 'I want to dispute the $80.00 charge from Restaurant';
    const replies = await Promise.all(Array.from({ length: 8 }, () => say(chat, text, key)));
    const answered = replies.filter(({ status }) => status === 201);
    const codes = new Set(replies.filter((r) => r.status !== 201).map(({ body }) => body.code));
    expect(answered.length).toBeGreaterThan(0);
    expect(new Set(answered.map(({ body }) => body.message.id)).size).toBe(1);
    expect([...codes].filter((code) => code !== 'idempotency.in_flight')).toEqual([]);
    expect(await count('cases')).toBe(before + 1);
    expect((await say(chat, text, key)).body).toEqual(answered[0]?.body);
  });

  it('runs a command once, though its message was sent again because no answer came', async () => {
    const chat = await probity.startChat(await probity.signIn(jane));
    const key = randomUUID();
    const first = await say(chat, notice, key);
    const before = await count('cases');
    // As after a crash between the case and the answer: only the case's own answer stands.
    await probity.database.query(
      `DELETE FROM idempotency_keys
       WHERE id = (SELECT id FROM idempotency_keys ORDER BY expires_at DESC LIMIT 1)`,
    );
    const again = await say(chat, notice, key);
    expect(again.body.message.id).not.toBe(first.body.message.id);
    expect(again.body.case).toEqual(first.body.case);
    expect(await count('cases')).toBe(before);
  });

  it('adds details to a case once', async () => {
    const chat = await probity.startChat();
    await probity.say(chat, notice);
    const key = randomUUID();
    const text = 'My customer number is 100001 and the card ends in 9999';
    const first = await say(chat, text, key);
    expect((await say(chat, text, key)).body).toEqual(first.body);
    const added = await probity.events('fraud.details_added');
    expect(added.filter((event) => event.case === first.body.case.id)).toHaveLength(1);
  });

  it('replays neither an attempt at a code nor account data', async () => {
    const chat = await probity.startChat(await probity.signIn(jane));
    const question = randomUUID();
    const asked = await say(chat, "What's my current balance?", question);
    expect((await say(chat, "What's my current balance?", question)).body).toEqual(asked.body);
    const code = await probity.newestCode(jane.phone);
    const wrong = code === '111111' ? '222222' : '111111';

    const guess = randomUUID();
    const kept = await count('idempotency_keys');
    await say(chat, wrong, guess);
    await say(chat, wrong, guess);
    expect(await probity.events('verification.challenge_failed')).toHaveLength(2);
    const right = randomUUID();
    const answered = await say(chat, code, right);
    expect(answered.body.data.kind).toBe('balance');
    const token = answered.body.accessToken as string;
    const again = await say({ ...chat, token }, code, right);
    expect(again.body).toMatchObject({ outcome: 'refused', code: 'verification.failed' });
    expect(await count('idempotency_keys')).toBe(kept);

    const asking = randomUUID();
    const shown = await say({ ...chat, token }, 'how much money do I have?', asking);
    expect(shown.body.data.kind).toBe('balance');
    // The earlier token is still at aal1: what it may not see it is not shown from memory either.
    const below = await say(chat, 'how much money do I have?', asking);
    expect([below.body.outcome, below.body.data]).toEqual(['verification_required', undefined]);
  });

  it('asks for one code', async () => {
    const token = await probity.signIn(juan);
    const key = randomUUID();
    const body = { method: 'sms', purpose: 'fraud' };
    const first = await probity.post('/v1/challenges', body, caller(key, token));
    const again = await probity.post('/v1/challenges', body, caller(key, token));
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    const created = await probity.events('verification.challenge_created');
    expect(created.filter(({ detail }) => detail['purpose'] === 'fraud')).toHaveLength(1);
    const other = { ...body, purpose: 'dispute' };
    expect((await probity.post('/v1/challenges', other, caller(key, token))).status).toBe(422);
  });
});
