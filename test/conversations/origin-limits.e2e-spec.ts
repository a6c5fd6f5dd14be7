import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { OriginLimits } from '../../src/platform/index.js';
import { Policies } from '../../src/policy/index.js';
import { Probity } from '../support/app.js';

describe('The limits of conversations by origin', () => {
  let probity: Probity;

  beforeAll(async () => {
    probity = await Probity.open();
  });
  afterAll(() => probity.close());

  it('are those of policy', () => {
    const { rates } = probity.app.get(Policies, { strict: false }).verification;
    for (const name of ['conversations', 'messages'] as const) {
      const [{ count, seconds } = { count: 0, seconds: 0 }] = rates[name].limits;
      const applied = probity.app.get(OriginLimits).of(name);
      expect(applied).toEqual({ limit: count, windowSeconds: seconds });
    }
  });

  it('answer 429 with the fields that say when to return', async () => {
    const limits = probity.app.get(OriginLimits);
    limits.set('conversations', { limit: 1, windowSeconds: 60 });
    limits.set('messages', { limit: 1, windowSeconds: 60 });
    const chat = await probity.startChat();
    expect((await probity.say(chat, 'Hello')).status).toBe(201);
    const refusals = [
      await probity.post('/v1/conversations', { channel: 'chat' }),
      await probity.say(chat, 'Hello again'),
    ];
    for (const { status, body, headers } of refusals) {
      expect([status, body.code]).toEqual([429, 'rate.exceeded']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      expect(headers.get('ratelimit-policy')).toMatch(/^"\w+-60s";q=1;w=60$/);
      expect(headers.get('ratelimit')).toMatch(/^"\w+-60s";r=0;t=\d+$/);
    }
  });
});
