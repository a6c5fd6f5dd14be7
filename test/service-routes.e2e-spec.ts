import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { Probity } from './support/app.js';

describe('A service without its development routes', () => {
  let probity: Probity;

  beforeAll(async () => {
    probity = await Probity.open({ env: { PROBITY_DEV_ROUTES: 'false' } });
  });
  afterAll(() => probity.close());

  it.each(['/dev/outbox', '/dev/outbox?destination=%2B14155550134', '/dev/staff'])(
    'does not know %s',
    async (path) => {
      const { status, body } = await probity.get(path);
      expect([status, body.code]).toEqual([404, 'route.unknown']);
    },
  );

  it('shows the ledger’s size, backlog and lag on /metrics', async () => {
    await probity.startChat();
    const gauge = (text: string, name: string): number =>
      Number(new RegExp(`^\\w*ledger_${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
    const text = await probity.eventually(async () => {
      const metrics = await probity.get('/metrics');
      return gauge(metrics.text, 'tree_size') > 0 && metrics.text;
    });
    for (const name of [
      'checkpoint_size',
      'backlog_events',
      'seal_lag_p50_seconds',
      'seal_lag_p99_seconds',
    ]) {
      expect([name, gauge(text, name)]).toEqual([name, expect.any(Number)]);
      expect([name, gauge(text, name) >= 0]).toEqual([name, true]);
    }
    expect(gauge(text, 'sealer_active')).toBe(1);
  });
});
