import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { Probity, type Reply } from '../support/app.js';

const notice = "I see a $500 charge I didn't make!";

describe('A guest who tells of their card in parts', () => {
  let probity: Probity;

  beforeAll(async () => {
    probity = await Probity.open();
  });
  afterAll(() => probity.close());

  /** The replies to the parts, without the case's own number, and its id. */
  async function tell(parts: readonly string[]): Promise<{ caseId: string; told: unknown[] }> {
    const chat = await probity.startChat();
    const opened = await probity.say(chat, notice);
    const replies: Reply[] = [];
    for (const part of parts) replies.push(await probity.say(chat, part));
    const { id, number } = opened.body.case as { id: string; number: string };
    const told = replies.map(({ body }) => ({
      outcome: body.outcome as unknown,
      missing: body.case.missingFields as unknown,
      text: (body.reply.text as string).replaceAll(number, ''),
    }));
    return { caseId: id, told };
  }

  async function applied(caseId: string): Promise<boolean> {
    const rows = await probity.database.query<{ state: string }>(
      'SELECT state FROM containments WHERE case_id = $1',
      [caseId],
    );
    return rows.some(({ state }) => state === 'applied');
  }

  it.each([
    ['the number first', ['100001', 'the last four are 1234']],
    ['both as bare digits', ['100001', '1234']],
    ['the last four first', ['1234', 'my customer number is 100001']],
  ])('has it blocked once both halves are known: %s', async (_, parts) => {
    const { caseId, told } = await tell(parts);
    expect(told).toMatchObject([
      { outcome: 'details_required', missing: ['cardDetails'] },
      { outcome: 'answered', missing: [] },
    ]);
    expect(await probity.eventually(() => applied(caseId))).toBe(true);
  });
});

describe('The answers to a card told in parts', () => {
  let probity: Probity;

  beforeAll(async () => {
    probity = await Probity.open();
  });
  afterAll(() => probity.close());

  it('are alike for a card that exists and one that does not, and half a card is kept sealed', async () => {
    const answers = [];
    for (const parts of [
      ['100001', '1234'],
      ['100099', '9876'],
    ]) {
      const chat = await probity.startChat();
      await probity.say(chat, notice);
      for (const part of parts) {
        const { status, body } = await probity.say(chat, part);
        const { number } = body.case as { number: string };
        answers.push([status, body.outcome, (body.reply.text as string).replaceAll(number, '')]);
      }
    }
    expect(answers.slice(2)).toEqual(answers.slice(0, 2));
    const rows = await probity.database.query(
      `SELECT 1 FROM cases WHERE encode(facts, 'escape') LIKE '%100001%' OR encode(facts, 'escape') LIKE '%100099%'`,
    );
    expect(rows).toEqual([]);
  });
});
