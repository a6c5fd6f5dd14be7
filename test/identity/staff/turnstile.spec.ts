import { describe, expect, it } from '@jest/globals';

import { Turnstile } from '../../../src/identity/staff/turnstile.js';

describe('Turnstile', () => {
  it('lets so many through at once, so many wait in order, and turns the rest away', async () => {
    const turnstile = new Turnstile({ concurrentMax: 2, waitingMax: 3 });
    const order: number[] = [];
    const gates: (() => void)[] = [];
    let inside = 0;
    let most = 0;
    const passes = Array.from({ length: 8 }, (_, index) =>
      turnstile.pass(async () => {
        inside += 1;
        most = Math.max(most, inside);
        order.push(index);
        await new Promise<void>((resolve) => gates.push(resolve));
        inside -= 1;
        return index;
      }),
    );
    expect(passes.map((pass) => pass !== null)).toEqual([
      true,
      true,
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
    while (order.length < 5 || gates.length > 0) {
      gates.shift()?.();
      await Promise.resolve();
    }
    for (const [index, pass] of passes.slice(0, 5).entries()) expect(await pass).toBe(index);
    expect(order).toEqual([0, 1, 2, 3, 4]);
    expect(most).toBe(2);
  });

  it('gives its place back where the work fails', async () => {
    const turnstile = new Turnstile({ concurrentMax: 1, waitingMax: 0 });
    await expect(turnstile.pass(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await turnstile.pass(() => Promise.resolve('next'))).toBe('next');
  });
});
