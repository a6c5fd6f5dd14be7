import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { jane, juan, Probity } from '../support/app.js';

const notice = "I see a $500 charge I didn't make!";

describe('A fraud report', () => {
  let probity: Probity;

  beforeAll(async () => {
    probity = await Probity.open();
  });
  afterAll(() => probity.close());

  it('opens a critical case, blocks the only card of a signed-in customer and alerts three teams', async () => {
    const chat = await probity.startChat(await probity.signIn(jane));
    const { status, body, text } = await probity.say(chat, notice);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      classification: { intent: 'fraud-report', urgency: 'critical' },
      outcome: 'case_opened',
      case: {
        number: expect.stringMatching(/^FRAUD-\d{4}-\d{4,}$/),
        type: 'fraud',
        priority: 'critical',
      },
    });
    expect(body.data).toBeUndefined();
    expect(text).not.toMatch(/OnlineStore|Las Vegas|2450/);
    for (const words of [
      /lock/i,
      /15 minutes/i,
      /\*\*34/,
      /never share/i,
      new RegExp(body.case.number as string),
    ]) {
      expect(body.reply.text).toMatch(words);
    }
    const contained = await probity.eventually(async () => {
      const containments = await probity.get(
        `/v1/cases/${body.case.id as string}/containments`,
        chat.token,
      );
      return containments.body.items?.find(({ state }: { state: string }) => state === 'applied');
    });
    expect(contained).toMatchObject({ type: 'card-block', state: 'applied' });
    for (const team of ['fraud', 'security', 'compliance']) {
      const alert = await probity.eventually(async () => {
        const { body: outbox } = await probity.get(
          `/dev/outbox?destination=${team}@probity.example`,
        );
        return outbox.items.find((item: { text: string }) =>
          item.text.includes(body.case.number as string),
        );
      });
      expect(alert.text).not.toMatch(/Jane|Doe|4155550134|100001/);
    }
  });

  it('takes a guest’s notice as requested, then blocks with customer number and last four', async () => {
    const chat = await probity.startChat();
    const opened = await probity.say(chat, notice);
    expect(opened.body).toMatchObject({
      outcome: 'case_opened',
      case: { missingFields: ['cardDetails'] },
    });
    expect(opened.text).not.toContain('**34');
    const path = `/v1/cases/${opened.body.case.id as string}/containments`;
    expect((await probity.get(path, chat.token)).body.items).toMatchObject([
      { state: 'requested', reason: 'card_not_identified' },
    ]);

    const details = await probity.say(
      chat,
      'My customer number is 100001 and the card ends in 1234',
    );
    const stranger = await probity.startChat();
    await probity.say(stranger, notice);
    const nothing = await probity.say(
      stranger,
      'My customer number is 100099 and the card ends in 9876',
    );
    const words = ({
      body,
    }: {
      body: { reply: { text: string }; case: { number: string } };
    }): string => body.reply.text.replaceAll(body.case.number, '');
    expect(words(nothing)).toBe(words(details));
    expect(nothing.status).toBe(details.status);

    // Staff see what the guest may not: the card is blocked.
    const fraud = await probity.staff('fraud');
    await probity.eventually(async () => {
      const { body } = await probity.get(path, {
        token: fraud,
        headers: { 'Probity-Purpose': 'fraud' },
      });
      return body.items?.some(({ state }: { state: string }) => state === 'applied');
    });
  });
});

describe('A dispute', () => {
  let probity: Probity;

  beforeAll(async () => {
    probity = await Probity.open();
  });
  afterAll(() => probity.close());

  it('opens at once, asks for what is missing one by one, and takes the answers over a restart', async () => {
    const chat = await probity.startChat(await probity.signIn(juan));
    const opened = await probity.say(chat, 'I want to dispute a charge on my statement');
    expect(opened.body).toMatchObject({
      outcome: 'case_opened',
      case: { number: expect.stringMatching(/^DISP-\d{4}-\d{4,}$/), type: 'dispute' },
    });
    const missing = opened.body.case.missingFields as string[];
    expect(missing.length).toBeGreaterThan(1);

    const answers: Record<string, string> = {
      transaction: 'It was the one at OnlineStore.com',
      reason: 'I never received what I ordered',
      date: 'It was on 2026-11-10',
      amount: 'The amount was $500.00',
    };
    let left = missing;
    for (let turn = 0; left.length > 0 && turn < 6; turn += 1) {
      if (turn === 1) await probity.restart();
      const asked = left[0] ?? '';
      const { body } = await probity.say(chat, answers[asked] ?? '');
      const now = body.case.missingFields as string[];
      expect(now).not.toContain(asked);
      expect(body.outcome).toBe(now.length > 0 ? 'details_required' : 'answered');
      left = now;
    }
    expect(left).toEqual([]);

    const token = chat.token;
    const deadlines = await probity.get(
      `/v1/cases/${opened.body.case.id as string}/deadlines`,
      token,
    );
    expect(deadlines.body.items.length).toBeGreaterThan(1);
    for (const deadline of deadlines.body.items) {
      expect(deadline).toMatchObject({
        kind: expect.any(String),
        dueAt: expect.any(String),
        state: 'running',
        rule: { id: expect.any(String), citation: expect.any(String) },
      });
    }
  });

  it('keeps what it knows of the account behind the code', async () => {
    const chat = await probity.startChat(await probity.signIn(jane));
    await probity.say(chat, 'I want to dispute the $500.00 charge from OnlineStore.com');
    const asked = await probity.say(chat, 'Show me the transaction in my dispute');
    expect(asked.body).toMatchObject({
      outcome: 'verification_required',
      challenge: { destination: '**34' },
    });
    expect(asked.text).not.toContain('Las Vegas');

    const shown = await probity.say(chat, await probity.newestCode(jane.phone));
    expect(shown.body).toMatchObject({
      outcome: 'answered',
      data: {
        kind: 'dispute-transaction',
        transactions: [
          { merchant: 'OnlineStore.com', amount: { amount: '-500.00' }, accountMasked: '**56' },
        ],
      },
    });
    expect(await probity.events('dispute.transaction_disclosed')).toHaveLength(1);
  });
});
