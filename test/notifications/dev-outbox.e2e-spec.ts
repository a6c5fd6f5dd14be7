import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { BankPool } from '../../src/platform/index.js';
import { jane, Probity } from '../support/app.js';

describe('A development service that others can reach', () => {
  let probity: Probity;

  beforeAll(async () => {
    probity = await Probity.open({ env: { HOST: '0.0.0.0' } });
  });
  afterAll(() => probity.close());

  it('keeps no clear codes: its messages go nowhere, and visibly so', async () => {
    const chat = await probity.startChat(await probity.signIn(jane));
    const { body } = await probity.say(chat, "What's my current balance?");
    expect(body.outcome).toBe('verification_required');
    const tries = await probity.eventually(async () => {
      const rows = await probity.database.query<{ attempts: number }>(
        'SELECT attempts FROM notifications WHERE attempts > 0',
      );
      return rows.length > 0 && rows;
    });
    expect(tries.length).toBeGreaterThan(0);
    const { rows } = await probity.app
      .get(BankPool)
      .query<{ kept: string | null }>("SELECT to_regclass('dev_outbox') AS kept");
    expect(rows).toEqual([{ kept: null }]);
    expect((await probity.get('/dev/outbox')).body.code).toBe('route.unknown');
  });
});
