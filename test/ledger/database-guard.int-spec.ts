import { openTestDatabase, type TestDatabase } from '../support/database.js';

const id = '019a0000-0000-7000-8000-000000000001';

describe('the ledger tables', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await openTestDatabase();
    await database.query(`
      INSERT INTO audit_events (id, event, event_hash, mac, type, actor_id, outcome, request_id, recorded_at)
      SELECT rpad(lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint), 12, '0'), 32, '0')::uuid,
        '{}', sha256(''), sha256(''), 'a.b', 'x', 'success', 'r', now();
      INSERT INTO audit_pending VALUES ('${id}');
      INSERT INTO audit_entries VALUES (0, '${id}', sha256(''));
      INSERT INTO audit_tiles VALUES (0, 0, decode(repeat('00', 8192), 'hex'), sha256(''));
      INSERT INTO audit_checkpoints VALUES (1, sha256(''), 'note', now());
    `);
  });
  afterAll(() => database.close());

  const permissionDenied = '42501';
  const codeOf = async (role: 'app' | 'sealer' | 'reader' | 'owner' | 'superuser', sql: string) =>
    database.query(sql, [], role).then(
      () => 'done',
      (error: unknown) => (error as { code: string }).code,
    );

  const appendOnly = ['audit_events', 'audit_entries', 'audit_tiles', 'audit_checkpoints'] as const;
  const firstColumn = {
    audit_events: 'id',
    audit_entries: 'leaf_index',
    audit_tiles: 'level',
    audit_checkpoints: 'tree_size',
  } as const;
  const changes = (table: (typeof appendOnly)[number]) => [
    `UPDATE ${table} SET ${firstColumn[table]} = ${firstColumn[table]}`,
    `DELETE FROM ${table}`,
    `TRUNCATE ${table}`,
  ];

  it.each(appendOnly)(
    'refuse every change of %s, to the owner and the superuser too',
    async (table) => {
      for (const role of ['app', 'sealer', 'reader', 'owner', 'superuser'] as const) {
        for (const sql of changes(table)) {
          expect([role, sql, await codeOf(role, sql)]).toEqual([
            role,
            sql,
            expect.stringMatching(/42501|25006/),
          ]);
        }
      }
      expect(await database.query(`SELECT 1 FROM ${table}`)).not.toHaveLength(0);
    },
  );

  it('refuse changes to a session that plays a replica', async () => {
    const attempt = database.query(
      'BEGIN; SET LOCAL session_replication_role = replica; DELETE FROM audit_entries; COMMIT',
    );
    await expect(attempt).rejects.toMatchObject({ code: permissionDenied });
    await database.query('ROLLBACK');
  });

  it('refuse changes to each partition by its own name', async () => {
    const partitions = await database.query<{ name: string }>(
      `SELECT relid::regclass::text AS name FROM pg_partition_tree('audit_events') WHERE isleaf
       UNION SELECT relid::regclass::text FROM pg_partition_tree('audit_entries') WHERE isleaf`,
    );
    expect(partitions.length).toBeGreaterThan(4);
    for (const { name } of partitions) {
      expect(await codeOf('owner', `DELETE FROM ${name}`)).toBe(permissionDenied);
      expect(await codeOf('owner', `TRUNCATE ${name}`)).toBe(permissionDenied);
      expect(await codeOf('app', `SELECT 1 FROM ${name}`)).toBe(permissionDenied);
    }
  });

  it.each([
    ['read the queue', 'SELECT 1 FROM audit_pending'],
    ['empty the queue', 'DELETE FROM audit_pending'],
    ['change the queue', 'UPDATE audit_pending SET event_id = event_id'],
    ['read entries', 'SELECT 1 FROM audit_entries'],
    ['add entries', `INSERT INTO audit_entries VALUES (1, '${id}', sha256(''))`],
    ['read tiles', 'SELECT 1 FROM audit_tiles'],
    ['read checkpoints', 'SELECT 1 FROM audit_checkpoints'],
    ['add checkpoints', `INSERT INTO audit_checkpoints VALUES (2, sha256(''), 'x', now())`],
    ['read the sealer’s progress', 'SELECT 1 FROM sealer_progress'],
    ['move the sealer’s progress', 'UPDATE sealer_progress SET tree_size = 0'],
    ['drop a table', 'DROP TABLE audit_events'],
    ['create a table', 'CREATE TABLE stray (id int)'],
    ['turn a trigger off', 'ALTER TABLE audit_events DISABLE TRIGGER refuse_change'],
    [
      'make a partition of its own',
      `SELECT create_ledger_partition('audit_events', 'x', 'a', 'b')`,
    ],
  ])('do not let the application %s', async (_, sql) => {
    expect(await codeOf('app', sql)).toBe(permissionDenied);
  });

  it.each([
    ['add events', `INSERT INTO audit_events SELECT * FROM audit_events`],
    ['queue events', `INSERT INTO audit_pending VALUES (gen_random_uuid())`],
    ['add a progress row', 'INSERT INTO sealer_progress DEFAULT VALUES'],
    ['read idempotency keys', 'SELECT 1 FROM idempotency_keys'],
  ])('do not let the sealer %s', async (_, sql) => {
    expect(await codeOf('sealer', sql)).toBe(permissionDenied);
  });

  it('show the reader everything but sealed answers', async () => {
    for (const table of [...appendOnly, 'audit_pending', 'sealer_progress']) {
      expect(await codeOf('reader', `SELECT 1 FROM ${table}`)).toBe('done');
    }
    expect(await codeOf('reader', 'SELECT 1 FROM idempotency_keys')).toBe(permissionDenied);
  });

  it('get their next partitions from the one function that makes them, ahead of need', async () => {
    const count = async () =>
      Number(
        (
          await database.query<{ n: string }>(
            `SELECT count(*) AS n FROM pg_partition_tree('audit_entries') WHERE isleaf`,
          )
        )[0]!.n,
      );
    expect(await count()).toBe(3);
    expect(await codeOf('app', 'SELECT extend_ledger_partitions()')).toBe('done');
    expect(await count()).toBe(3);
    await database.query('UPDATE sealer_progress SET tree_size = 1048576 * 2 + 5');
    expect(await codeOf('sealer', 'SELECT extend_ledger_partitions()')).toBe('done');
    expect(await count()).toBe(5);
    await expect(
      database.query(
        `INSERT INTO audit_entries VALUES (1048576 * 4, gen_random_uuid(), sha256(''))`,
      ),
    ).resolves.toEqual([]);
  });
});
