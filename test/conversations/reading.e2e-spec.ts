import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { type Chat, jane, Probity } from '../support/app.js';

describe('A conversation', () => {
  let probity: Probity;

  beforeAll(async () => {
    probity = await Probity.open();
  });
  afterAll(() => probity.close());

  it('withholds a reply with account data from a token at aal1, and shows it at aal2', async () => {
    const chat = await probity.startChat(await probity.signIn(jane));
    await probity.say(chat, "What's my current balance?");
    const answered = await probity.say(chat, await probity.newestCode(jane.phone));
    const path = `/v1/conversations/${chat.id}`;

    const below = await probity.get(path, chat.token);
    expect(below.status).toBe(200);
    expect(below.text).not.toMatch(/2,?450/);
    expect(below.body.messages.at(-1)).toMatchObject({
      withheld: true,
      text: '[shown after verification]',
    });
    const above = await probity.get(path, answered.body.accessToken as string);
    expect(above.body.messages.at(-1)).toMatchObject({
      withheld: false,
      text: expect.stringContaining('2,450.32'),
    });
    const reads = await probity.events('conversation.read');
    expect(reads.map(({ detail }) => detail['withheld'])).toEqual([1, 0]);
  });

  it('is recorded for the customer’s purpose, and its refused disclosures with their code', async () => {
    for (const type of ['conversation.started', 'conversation.read']) {
      const purposes = (await probity.events(type)).map(({ purpose }) => purpose);
      expect(new Set(purposes)).toEqual(new Set(['account-access']));
    }
    await probity.say(await probity.startChat(), "What's my current balance?");
    const refused = await probity.events('conversation.disclosure_refused');
    expect(refused.map(({ code }) => code)).toEqual(['assurance.insufficient', 'session.required']);
  });

  it('streams a message with the reply to it', async () => {
    const chat = await probity.startChat();
    await probity.say(chat, 'Hello');
    const seen = await readStream(chat);
    expect(seen).toContain('"direction":"in"');
    expect(seen).toContain('"direction":"out"');
  });

  /** What the stream sends up to the reply. */
  async function readStream({ id, token }: Chat): Promise<string> {
    const ending = new AbortController();
    const response = await fetch(`${probity.url}/v1/conversations/${id}/stream`, {
      headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream' },
      signal: ending.signal,
    });
    expect(response.status).toBe(200);
    const decoder = new TextDecoder();
    let seen = '';
    for await (const chunk of response.body ?? []) {
      seen += decoder.decode(chunk as Uint8Array, { stream: true });
      if (seen.includes('"direction":"out"')) break;
    }
    ending.abort();
    return seen;
  }
});

describe('POST /v1/classifications', () => {
  let probity: Probity;

  beforeAll(async () => {
    probity = await Probity.open();
  });
  afterAll(() => probity.close());

  it('classifies a text for staff, keeps nothing of it, and is ledgered', async () => {
    const { status, body } = await probity.post(
      '/v1/classifications',
      { text: "I see a $500 charge I didn't make at Zanzibar Motors!" },
      await probity.staff('agent'),
    );
    expect(status).toBe(201);
    expect(body).toMatchObject({
      intent: 'fraud-report',
      confidence: expect.any(Number),
      alternatives: expect.any(Array),
      language: 'en',
      urgency: 'critical',
      entities: { amount: { amount: '500.00' } },
      receipt: { eventId: expect.any(String) },
    });
    const events = await probity.events('classification.previewed');
    expect(events).toMatchObject([{ outcome: 'success', detail: { intent: 'fraud-report' } }]);
    expect(JSON.stringify(await probity.events())).not.toContain('Zanzibar');
    expect(await probity.database.query('SELECT 1 FROM messages')).toEqual([]);
  });

  it('answers 400 to a text that is none', async () => {
    const token = await probity.staff('lead');
    for (const input of [{}, { text: '' }, { text: 7 }, { text: 'Hi', more: true }]) {
      const { status, body } = await probity.post('/v1/classifications', input, token);
      expect([status, body.code]).toEqual([400, 'input.invalid']);
    }
  });
});
