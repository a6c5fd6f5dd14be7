import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { SignInSweep } from '../../src/identity/sign-in-sweep.js';
import { People } from './people.js';

const hour = 3_600_000;

describe('the sweep behind sign-ins', () => {
  let people: People;

  beforeAll(async () => {
    people = await People.open();
  });
  afterAll(() => people.close());

  const sweep = (): Promise<void> => people.app.get(SignInSweep).sweep();
  const tokens = async (): Promise<{ used: number; unused: number }> => {
    const [row] = await people.database.query<{ used: number; unused: number }>(
      `SELECT count(used_at)::int AS used, (count(*) - count(used_at))::int AS unused
       FROM (SELECT used_at FROM customer_refresh_tokens UNION ALL SELECT used_at FROM staff_refresh_tokens) AS token`,
    );
    return row!;
  };
  const refresh = (refreshToken: string) =>
    people.post('/v1/customer-sessions/refresh', { refreshToken });

  it('keeps a refresh token, used or not, for as long as its session could live, and a day beyond', async () => {
    const { refreshToken } = await people.newSession();
    expect((await refresh(refreshToken)).status).toBe(201);
    expect((await people.signInStaff('admin')).status).toBe(201);
    const all = { used: 1, unused: 2 };
    await sweep();
    expect(await tokens()).toEqual(all);

    people.clock.advance(35 * hour);
    await sweep();
    expect(await tokens()).toEqual(all);

    people.clock.advance(2 * hour);
    await sweep();
    expect(await tokens()).toEqual({ used: 0, unused: 0 });
    expect((await refresh(refreshToken)).status).toBe(401);
  });
});
