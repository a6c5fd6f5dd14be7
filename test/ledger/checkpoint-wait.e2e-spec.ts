import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { Sealer } from '../../src/ledger/index.js';
import { Probity } from '../support/app.js';

describe('Prefer: wait=n', () => {
  let probity: Probity;

  beforeAll(async () => {
    probity = await Probity.open();
  });
  afterAll(() => probity.close());

  const start = (prefer?: string) =>
    probity.post(
      '/v1/conversations',
      { channel: 'chat' },
      prefer === undefined ? {} : { headers: { prefer } },
    );

  it('answers with the checkpoint that covers the event', async () => {
    const { status, headers, body } = await start('wait=5');
    expect(status).toBe(201);
    expect(headers.get('preference-applied')).toBe('wait=5');
    const [row] = await probity.database.query<{ tree_size: string; leaf_index: string }>(
      `SELECT c.tree_size, e.leaf_index FROM audit_checkpoints c, audit_entries e
       WHERE c.note = $1 AND e.event_id = $2`,
      [body.receipt.checkpoint, body.receipt.eventId],
    );
    expect(Number(row?.tree_size)).toBeGreaterThan(Number(row?.leaf_index));
  });

  it('names the limit where more was asked for', async () => {
    expect((await start('respond-async, wait=600')).headers.get('preference-applied')).toBe(
      'wait=10',
    );
  });

  it('waits for nothing where nothing is preferred', async () => {
    const { headers, body } = await start();
    expect(headers.get('preference-applied')).toBeNull();
    expect(body.receipt.eventId).toEqual(expect.any(String));
    expect(body.receipt).not.toHaveProperty('checkpoint');
  });

  it('leaves answers without a receipt as they are', async () => {
    const keys = await probity.get('/v1/ledger/keys', { headers: { prefer: 'wait=5' } });
    expect([keys.status, keys.headers.get('preference-applied')]).toEqual([200, null]);
  });

  it('answers at once where very many wait already', async () => {
    const sealer = probity.app.get(Sealer);
    await sealer.stop();
    let answered = 0;
    const all = Array.from({ length: 67 }, async () => {
      const { headers, body } = await start('wait=10');
      answered += 1;
      return [headers.get('preference-applied'), 'checkpoint' in body.receipt] as const;
    });
    // Those that did not wait; nothing is sealed, so that all others still do.
    await probity.eventually(() => Promise.resolve(answered >= 3));
    sealer.start();
    const answers = await Promise.all(all);
    expect(answers.filter(([applied]) => applied === null)).toHaveLength(3);
    expect(
      answers.filter(([applied, isCovered]) => applied === 'wait=10' && isCovered),
    ).toHaveLength(64);
  });

  it('answers without a checkpoint once the seconds have passed', async () => {
    await probity.app.get(Sealer).stop();
    const { status, body } = await start('wait=1');
    expect(status).toBe(201);
    expect(body.receipt.signature).toEqual(expect.any(String));
    expect(body.receipt).not.toHaveProperty('checkpoint');
    probity.app.get(Sealer).start();
  });
});
