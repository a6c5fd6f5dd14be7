import { openTestDatabase, type TestDatabase } from '../support/database.js';

describe('openTestDatabase', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await openTestDatabase();
  });
  afterAll(() => database.close());

  it('gives each role its own connection to one migrated database', async () => {
    for (const role of ['owner', 'app', 'sealer', 'reader'] as const) {
      const rows = await database.query<{ role: string; database: string }>(
        'SELECT current_user AS role, current_database() AS database',
        [],
        role,
      );
      expect(rows).toEqual([{ role: `probity_${role}`, database: database.name }]);
    }
  });

  it('keeps the bank in a database of its own that the application cannot enter', async () => {
    const [row] = await database.query<{ allowed: boolean }>(
      `SELECT has_database_privilege('probity_app', $1, 'CONNECT') AS allowed`,
      [`${database.name}_bank`],
    );
    expect(row).toEqual({ allowed: false });
  });

  it('lets nobody but the owner create tables', async () => {
    for (const role of ['app', 'sealer', 'reader'] as const) {
      await expect(database.query('CREATE TABLE stray (id int)', [], role)).rejects.toMatchObject({
        code: role === 'reader' ? '25006' : '42501',
      });
    }
  });
});
