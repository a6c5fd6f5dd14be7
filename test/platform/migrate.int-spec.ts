import { Client } from 'pg';

import { loadConfig } from '../../src/platform/config.js';
import {
  assertSchemaIsCurrent,
  loadMigrations,
  migrate,
  SchemaOutOfDate,
} from '../../src/platform/migrate.js';
import { openDatabase } from '../../src/platform/open-database.js';
import { setUpDatabase } from '../../src/platform/database-setup.js';
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

describe('setUpDatabase', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await openTestDatabase();
  });
  afterAll(() => database.close());

  it('does not replace the passwords of roles that stand already', async () => {
    await expect(setUpDatabase(database.urls.superuser, { renewPasswords: false })).rejects.toThrow(
      '--renew-passwords',
    );
    await expect(database.query('SELECT 1 AS one', [], 'app')).resolves.toEqual([{ one: 1 }]);
  });

  it('shuts both databases to every role that has no business there', async () => {
    const rows = await database.query<{ role: string; main: boolean; bank: boolean }>(
      `SELECT rolname AS role, has_database_privilege(rolname, $1, 'CONNECT') AS main,
              has_database_privilege(rolname, $2, 'CONNECT') AS bank
         FROM pg_roles WHERE rolname LIKE 'probity\\_%' ORDER BY rolname`,
      [database.name, `${database.name}_bank`],
    );
    expect(rows).toEqual([
      { role: 'probity_app', main: true, bank: false },
      { role: 'probity_bank', main: false, bank: true },
      { role: 'probity_owner', main: true, bank: false },
      { role: 'probity_reader', main: true, bank: false },
      { role: 'probity_sealer', main: true, bank: false },
    ]);
  });

  it('gives no role more than it needs in the server', async () => {
    const rows = await database.query(
      `SELECT rolname FROM pg_roles WHERE rolname LIKE 'probity\\_%'
          AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls)`,
    );
    expect(rows).toEqual([]);
  });

  it("keeps the owner's functions to whom a migration grants them", async () => {
    await database.query(
      `CREATE FUNCTION owners_own() RETURNS int LANGUAGE sql AS 'SELECT 1'`,
      [],
      'owner',
    );
    await expect(database.query('SELECT owners_own()', [], 'app')).rejects.toMatchObject({
      code: '42501',
    });
  });

  it('lets the reader read only, whatever is granted', async () => {
    const client = new Client({ connectionString: database.urls.reader.reveal() });
    await client.connect();
    await expect(client.query('CREATE TEMP TABLE t (x int)')).rejects.toMatchObject({
      code: '25006',
    });
    await client.end();
  });
});
