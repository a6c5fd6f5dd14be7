import { openTestDatabase, type TestDatabase } from '../support/database.js';

describe('the database roles', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await openTestDatabase();
  });
  afterAll(() => database.close());

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
    await expect(database.query('CREATE TEMP TABLE t (x int)', [], 'reader')).rejects.toMatchObject(
      { code: '25006' },
    );
  });
});
