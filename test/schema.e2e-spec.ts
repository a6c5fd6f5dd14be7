import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { AppDatabase } from '../src/platform/index.js';
import { Probity } from './support/app.js';
import { listSchema } from './support/schema-listing.js';

const listing = join(import.meta.dirname, 'schema.sql');

describe('The schema', () => {
  let probity: Probity;

  beforeAll(async () => {
    probity = await Probity.open();
  });
  afterAll(() => probity.close());

  it('is the one listed in test/schema.sql (PROBITY_WRITE_SCHEMA=true writes it)', async () => {
    const schema = await listSchema(probity.database);
    if (process.env['PROBITY_WRITE_SCHEMA'] === 'true') await writeFile(listing, schema);
    expect(schema).toBe(await readFile(listing, 'utf8'));
  });

  it('has the columns that the entities name, and no others', async () => {
    const { entityMetadatas } = probity.app.get(AppDatabase);
    expect(entityMetadatas.length).toBeGreaterThan(8);
    for (const { tableName, columns } of entityMetadatas) {
      const rows = await probity.database.query<{ name: string; nullable: string }>(
        `SELECT column_name AS name, is_nullable AS nullable FROM information_schema.columns
         WHERE table_schema = 'public' AND table_name = $1 ORDER BY column_name`,
        [tableName],
      );
      const stored = rows.map(({ name, nullable }) => `${name} ${nullable}`);
      const mapped = columns.map(({ databaseName, isNullable }) =>
        [databaseName, isNullable ? 'YES' : 'NO'].join(' '),
      );
      expect([tableName, mapped.sort()]).toEqual([tableName, stored]);
    }
  });
});
