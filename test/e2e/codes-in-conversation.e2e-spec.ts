import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { type Chat, jane, juan, Probity, type Reply } from '../support/app.js';

describe('A code typed in a conversation', () => {
  let probity: Probity;

  beforeAll(async () => {
    probity = await Probity.open();
  });
  afterAll(() => probity.close());

  async function transcript(chat: Chat): Promise<string> {
    return (await probity.get(`/v1/conversations/${chat.id}`, chat.token)).text;
  }

  function challenge(token: string, body: object): Promise<Reply> {
    return probity.post('/v1/challenges', { method: 'sms', ...body }, token);
  }

  it('is good for a challenge that was opened by its own route', async () => {
    const token = await probity.signIn(jane);
    const chat = await probity.startChat(token);
    expect((await challenge(token, { purpose: 'balance-inquiry' })).status).toBe(201);
    const { body } = await probity.say(chat, await probity.newestCode(jane.phone));
    expect(body).toMatchObject({
      outcome: 'answered',
      reply: { templateId: 'verification-complete' },
      accessToken: expect.any(String),
    });
  });

  it('is never kept, not even from a guest who was asked for a number', async () => {
    const guest = await probity.startChat();
    await probity.say(guest, 'There is fraud on my account');
    const opened = await challenge(guest.token, {
      purpose: 'fraud',
      customerNumber: juan.customerNumber,
    });
    expect(opened.status).toBe(201);
    const code = await probity.newestCode(juan.phone);
    const { body } = await probity.say(guest, code);
    expect(body.message.redactions).toMatchObject([{ kind: 'one-time-code' }]);
    expect(body).toMatchObject({ outcome: 'answered', accessToken: expect.any(String) });
    expect(await transcript(guest)).not.toContain(code);
  });

  it('for a challenge of an earlier session gets the constant reply, and the message is kept', async () => {
    const chat = await probity.startChat(await probity.signIn(jane));
    await probity.say(chat, "What's my current balance?");
    const code = await probity.newestCode(jane.phone).catch(() => '123456');
    const later = { ...chat, token: await probity.signIn(jane) };
    const reply = await probity.say(later, code);
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({
      outcome: 'verification_required',
      reply: { templateId: 'verification-constant' },
    });
  });
});

describe('Card details that were asked for', () => {
  let probity: Probity;

  beforeAll(async () => {
    probity = await Probity.open();
  });
  afterAll(() => probity.close());

  it.each(['card 5555 5500 0000 6082', 'customer 100006 card ending in 6082'])(
    'are taken as such, whatever else the words sound like: %s',
    async (details) => {
      const guest = await probity.startChat();
      await probity.say(guest, 'There is fraud on my account');
      const { body } = await probity.say(guest, details);
      expect(body).toMatchObject({ case: { missingFields: [] } });
      expect(body.handoff).toBeUndefined();
    },
  );
});

describe('A right code', () => {
  let probity: Probity;

  beforeAll(async () => {
    probity = await Probity.open();
  });
  afterAll(() => probity.close());

  it('answers in the conversation it was typed in, and every other question that waited for it', async () => {
    const token = await probity.signIn(jane);
    const [earlier, later] = [await probity.startChat(token), await probity.startChat(token)];
    const waiting = 12;
    for (let asked = 0; asked < waiting; asked += 1) {
      await probity.say(earlier, "What's my current balance?");
    }
    await probity.say(later, 'how much money do I have?');
    const { body } = await probity.say(later, await probity.newestCode(jane.phone));
    expect(body).toMatchObject({
      outcome: 'answered',
      message: { text: '[one-time code]' },
      data: { kind: 'balance' },
    });
    const { body: read } = await probity.get(
      `/v1/conversations/${earlier.id}`,
      body.accessToken as string,
    );
    const answers = read.messages.filter(({ outcome }: Shown) => outcome === 'answered');
    expect(answers).toHaveLength(waiting);
    const left = await probity.database.query(
      `SELECT message_id FROM pending_intents WHERE state = 'pending'`,
    );
    expect(left).toEqual([]);
  });
});

interface Shown {
  readonly outcome: string | null;
}
