import { loadConfig } from '../../src/platform/config.js';
import {
  assertSchemaIsCurrent,
  loadMigrations,
  migrate,
  SchemaOutOfDate,
} from '../../src/platform/migrate.js';
import { openDatabase } from '../../src/platform/open-database.js';
import { startChild } from '../support/child-process.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';

describe('migrate', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await openTestDatabase();
  });
  afterAll(() => database.close());

  /** Takes every table away again, as if this release had never been installed. */
  async function emptySchema(): Promise<void> {
    await database.query('DROP SCHEMA IF EXISTS pgboss CASCADE');
    await database.query('DROP SCHEMA public CASCADE');
    await database.query('CREATE SCHEMA public AUTHORIZATION probity_owner');
    await database.query(
      'GRANT USAGE ON SCHEMA public TO probity_app, probity_sealer, probity_reader',
    );
  }

  it('runs each migration once when several processes start together', async () => {
    await emptySchema();
    const runs = await Promise.all(Array.from({ length: 4 }, () => migrate(database.urls.owner)));
    const expected = (await loadMigrations()).map((migration) => migration.name);
    expect(runs.flat()).toEqual(expected);
    const rows = await database.query<{ name: string }>('SELECT name FROM migrations ORDER BY id');
    expect(rows.map((row) => row.name)).toEqual(expected);
  });

  it('finds nothing to do on a database that is up to date', async () => {
    expect(await migrate(database.urls.owner)).toEqual([]);
  });

  it('starts without the owner where the schema is current', async () => {
    await migrate(database.urls.owner);
    const { DATABASE_OWNER_URL: _, ...env } = database.env;
    await expect(openDatabase(loadConfig(env), { mode: 'own' })).resolves.toMatchObject({
      embedded: null,
    });
  });

  it('refuses to start without the owner where migrations are missing, naming the command', async () => {
    await emptySchema();
    const refusal = assertSchemaIsCurrent(database.urls.app);
    await expect(refusal).rejects.toThrow(SchemaOutOfDate);
    await expect(refusal).rejects.toThrow('npm run db:migrate');
    await migrate(database.urls.owner);
  });

  it('gives the application the job tables to use, not to change', async () => {
    await expect(database.query('SELECT * FROM pgboss.queue', [], 'app')).resolves.toEqual(
      expect.any(Array),
    );
    for (const sql of [
      'DROP TABLE pgboss.warning',
      'ALTER TABLE pgboss.queue ADD x int',
      'CREATE TABLE pgboss.x ()',
    ]) {
      await expect(database.query(sql, [], 'app')).rejects.toMatchObject({ code: '42501' });
    }
  });

  it('lets two processes start together on one external database that is still empty', async () => {
    await emptySchema();
    const children = [1, 2].map(() =>
      startChild('test/support/database-owner.ts', { env: database.env }),
    );
    await Promise.all(children.map((child) => child.waitFor(/open: /)));
    expect(await Promise.all(children.map((child) => child.end('SIGTERM')))).toEqual([0, 0]);
    await expect(assertSchemaIsCurrent(database.urls.app)).resolves.toBeUndefined();
  });
});
