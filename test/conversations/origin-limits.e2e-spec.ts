import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { RequestLimits, SimulatedClock } from '../../src/platform/index.js';
import { Policies } from '../../src/policy/index.js';
import { Probity } from '../support/app.js';

describe('The limits of conversations by origin', () => {
  const clock = new SimulatedClock();
  let probity: Probity;

  beforeAll(async () => {
    probity = await Probity.open({ clock });
  });
  afterAll(() => probity.close());

  it('are those of policy', () => {
    const { rates } = probity.app.get(Policies, { strict: false }).verification;
    for (const name of ['conversations', 'messages'] as const) {
      const figures = rates[name].limits.map(({ count, seconds }) => ({
        limit: count,
        windowSeconds: seconds,
      }));
      expect(probity.app.get(RequestLimits).of(name)).toEqual(figures);
    }
  });

  it('count codes in messages with the attempts at challenges', async () => {
    const limits = probity.app.get(RequestLimits);
    const before = limits.of('attempts');
    limits.set('attempts', { limit: 2, windowSeconds: 60 });
    const chat = await probity.startChat();
    const path = '/v1/challenges/01939f00-0000-7000-8000-00000000dead/attempts';
    expect((await probity.post(path, { code: '111111' }, chat.token)).status).toBe(404);
    expect((await probity.say(chat, '222 222')).body.code).toBe('verification.failed');
    const third = await probity.say(chat, '333333');
    expect([third.status, third.body.code]).toEqual([429, 'rate.exceeded']);
    expect((await probity.say(chat, 'Hello')).status).toBe(201);
    limits.set('attempts', ...before);
  });

  it('are documented, as is what else decorators imply', async () => {
    const { body } = await probity.get('/openapi.json');
    const codesOf = (path: string): string => JSON.stringify(body.paths[path].post.responses);
    const implied: readonly [string, readonly string[]][] = [
      ['/v1/conversations/{id}/messages', ['rate.exceeded', 'token.invalid', 'input.invalid']],
      ['/v1/refunds', ['idempotency.key_missing', 'idempotency.key_reused', 'token.invalid']],
      ['/v1/cases', ['idempotency.in_flight', 'input.invalid', 'service.unavailable']],
      ['/v1/staff-sessions', ['rate.exceeded', 'input.invalid', 'service.unavailable']],
    ];
    for (const [path, codes] of implied) {
      for (const code of codes) expect(codesOf(path)).toContain(`"${code}"`);
    }
  });

  it('answer 429 with the fields that say when to return', async () => {
    // What other tests sent has left every window.
    clock.advance(61_000);
    const limits = probity.app.get(RequestLimits);
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
