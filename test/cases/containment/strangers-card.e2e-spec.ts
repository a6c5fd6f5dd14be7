import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { ContainmentLimits } from '../../../src/cases/containment/containment-limits.js';
import type { Tx } from '../../../src/ledger/index.js';
import { AppDatabase } from '../../../src/platform/index.js';
import { juan, Probity } from '../../support/app.js';

/** Mei's; the other belongs to nobody. */
const meisCard = '4000000000035677';
const nobodysCard = '4000000000039992';

interface Told {
  readonly caseId: string;
  readonly shown: string;
}

describe('A customer who names a card that is not theirs', () => {
  let probity: Probity;
  let analyst: string;

  beforeAll(async () => {
    probity = await Probity.open();
    analyst = await probity.staff('fraud');
  });
  afterAll(() => probity.close());

  async function blockedCards(): Promise<number> {
    const rows = await probity.database.query<{ count: string }>(
      `SELECT count(*) FROM containments WHERE state = 'applied'`,
    );
    return Number(rows[0]?.count);
  }

  /** All that a customer sees of a notice, without what differs between any two. */
  async function report(number: string): Promise<Told> {
    const token = await probity.signIn(juan);
    const opened = await probity.post(
      '/v1/cases',
      { type: 'fraud', card: { number } },
      { token, headers: { 'Idempotency-Key': randomUUID() } },
    );
    const caseId = opened.body.case.id as string;
    await settled(caseId);
    const path = `/v1/cases/${caseId}`;
    const seen = await probity.get(path, token);
    const containments = await probity.get(`${path}/containments`, token);
    const { state, reason } = opened.body.containment;
    const { missingFields, version, flags, status } = seen.body;
    const items = containments.body.items.map(({ id: _, ...rest }: { id: string }) => rest);
    return {
      caseId,
      shown: JSON.stringify([state, reason, missingFields, version, flags, status, items]),
    };
  }

  async function settled(caseId: string): Promise<void> {
    await probity.eventually(async () => {
      const [row] = await probity.database.query<{ pending_effect: string | null }>(
        'SELECT pending_effect FROM containments WHERE case_id = $1',
        [caseId],
      );
      return row?.pending_effect === null;
    });
  }

  async function outcomeOf(caseId: string): Promise<readonly unknown[]> {
    const { body } = await probity.get(`/v1/cases/${caseId}/containments`, analyst);
    return [body.items[0].state, body.items[0].reason];
  }

  it('hears one answer whether the card exists, does not, or is over the limit', async () => {
    const stolen = await report(meisCard);
    const unknown = await report(nobodysCard);
    expect(unknown.shown).toBe(stolen.shown);
    expect(await outcomeOf(stolen.caseId)).toEqual(['applied', null]);
    expect(await outcomeOf(unknown.caseId)).toEqual(['requested', 'card_not_identified']);

    const third = await report(nobodysCard);
    const fourth = await report(meisCard);
    expect([third.shown, fourth.shown]).toEqual([stolen.shown, stolen.shown]);
    expect(await outcomeOf(fourth.caseId)).toEqual(['requested', 'containment_limit']);
    expect(await blockedCards()).toBe(1);
  });

  it('hears a guest’s words in a conversation, for any number', async () => {
    const replies = [];
    for (const number of [meisCard, nobodysCard]) {
      const chat = await probity.startChat(await probity.signIn(juan));
      const { body } = await probity.say(chat, `My card ${number} was stolen, fraud`);
      const text = JSON.stringify(body.reply ?? body.text ?? body);
      replies.push(text.replaceAll(/FRAUD-\d{4}-\d+/g, 'N'));
    }
    expect(replies[0]).toContain('If the details match a card of ours');
    expect(replies[1]).toContain('If the details match a card of ours');
  });

  it('is counted by network: addresses of one /64 are one', async () => {
    const limits = probity.app.get(ContainmentLimits);
    const { manager } = probity.app.get(AppDatabase);
    const tx = { manager, now: new Date() } as Tx;
    const admitted = [];
    for (const host of ['1', '2', 'dead:beef', 'f:4']) {
      admitted.push(await limits.admitsAddress(tx, `2001:db8:0:7::${host}`));
    }
    expect(admitted).toEqual([true, true, true, false]);
    expect(await limits.admitsAddress(tx, '2001:db8:0:8::1')).toBe(true);
  });
});
