import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { PreparingClient } from '../../src/platform/index.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';

describe('a connection that keeps its plans', () => {
  let database: TestDatabase;
  let client: InstanceType<typeof PreparingClient>;

  beforeAll(async () => {
    database = await openTestDatabase();
    client = new PreparingClient({ connectionString: database.urls.app.reveal() });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await database.close();
  });

  const kept = async (): Promise<number> => {
    const { rows } = await client.query<{ kept: number }>(
      `SELECT count(*)::int AS kept FROM pg_prepared_statements WHERE name LIKE 'kept-%'`,
    );
    return rows[0]!.kept;
  };

  it('keeps one plan of a text with parameters, however often it is sent, and none of others', async () => {
    for (const value of [1, 2, 3]) {
      const { rows } = await client.query('SELECT $1::int + 1 AS sum', [value]);
      expect(rows).toEqual([{ sum: value + 1 }]);
    }
    await client.query('SELECT 1');
    await client.query({ text: 'SELECT $1::int AS own', name: 'own', values: [1] });
    expect(await kept()).toBe(1);
  });

  it('gives a plan no longer than a statement fails', async () => {
    await expect(client.query('SELECT 1 / $1::int AS ratio', [0])).rejects.toThrow('division');
    expect((await client.query('SELECT 1 / $1::int AS ratio', [1])).rows).toEqual([{ ratio: 1 }]);
  });

  it('fills nobody’s memory where texts are composed', async () => {
    for (let n = 0; n < 600; n += 1) {
      const { rows } = await client.query(`SELECT $1::int + ${n} AS sum`, [1]);
      expect(rows).toEqual([{ sum: n + 1 }]);
    }
    expect(await kept()).toBe(500);
  });
});
