import { condense, readCatalogue } from '../../../src/ledger/guard/catalogue.js';
import { expectedCatalogue } from '../../../src/ledger/guard/expected-catalogue.js';
import { findGuardFaults, listSchemaChanges } from '../../../src/ledger/guard/guard-look.js';
import type { Queryable } from '../../../src/ledger/index.js';
import { readThrough } from '../../../src/ledger/index.js';
import { installSchemaWatch } from '../../../src/platform/index.js';
import { openTestDatabase, type TestDatabase } from '../../support/database.js';

describe('the look at the guard of the audit tables', () => {
  let database: TestDatabase;
  let reader: Queryable;

  beforeAll(async () => {
    database = await openTestDatabase();
    reader = readThrough({ query: (sql, values) => database.query(sql, values, 'reader') });
    await installSchemaWatch(database.urls.superuser);
    await installSchemaWatch(database.urls.superuser);
  });
  afterAll(() => database.close());

  const look = () => findGuardFaults(reader, { isEmbedded: true });

  it('expects exactly what the migrations make', async () => {
    // Where this fails after a migration, `expected-catalogue.ts` is what has to follow it.
    expect(condense(await readCatalogue(reader))).toEqual(expectedCatalogue);
    expect(await look()).toEqual([]);
  });

  it('still expects it of partitions made later', async () => {
    await database.query('UPDATE sealer_progress SET tree_size = 1048576 * 3');
    await database.query('SELECT extend_ledger_partitions()', [], 'sealer');
    await database.query('UPDATE sealer_progress SET tree_size = 0');
    expect(await look()).toEqual([]);
    // The one function of the owner that makes partitions is no news.
    expect(await listSchemaChanges(reader, 0)).toEqual([]);
  });

  const refuse =
    'trigger CREATE TRIGGER refuse_change BEFORE DELETE OR UPDATE OR TRUNCATE FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(), enabled';
  it.each([
    {
      what: 'a trigger switched off',
      change: 'ALTER TABLE audit_events DISABLE TRIGGER refuse_change',
      repair: 'ALTER TABLE audit_events ENABLE ALWAYS TRIGGER refuse_change',
      sentence: `audit_events: missing: ${refuse} A`,
    },
    {
      what: 'a trigger of a partition that no longer fires always',
      change: 'ALTER TABLE audit_entries_000001 ENABLE TRIGGER refuse_change',
      repair: 'ALTER TABLE audit_entries_000001 ENABLE ALWAYS TRIGGER refuse_change',
      sentence: `audit_entries_000001: missing: ${refuse} A`,
    },
    ...['audit_cosignatures', 'audit_published_checkpoints'].map((table) => ({
      what: `a trigger of ${table} switched off`,
      change: `ALTER TABLE ${table} DISABLE TRIGGER refuse_change`,
      repair: `ALTER TABLE ${table} ENABLE ALWAYS TRIGGER refuse_change`,
      sentence: `${table}: missing: ${refuse} A`,
    })),
    ...['keys', 'subtries', 'progress'].map((table) => ({
      what: `a right on the index of ${table} that was given away`,
      change: `GRANT DELETE ON audit_index_${table} TO probity_app`,
      repair: `REVOKE DELETE ON audit_index_${table} FROM probity_app`,
      sentence: `audit_index_${table}: new: grant ${
        table === 'progress' ? 'DELETE, SELECT, UPDATE' : 'DELETE, INSERT, SELECT, UPDATE'
      } to probity_app`,
    })),
    {
      what: 'a table of the log that no migration made',
      change: 'CREATE TABLE audit_aside (id int)',
      repair: 'DROP TABLE audit_aside',
      sentence: 'audit_aside: new: column id integer',
    },
    {
      what: 'a right that was given away',
      change: 'GRANT DELETE ON audit_tiles TO probity_app',
      repair: 'REVOKE DELETE ON audit_tiles FROM probity_app',
      sentence: 'audit_tiles: new: grant DELETE to probity_app',
    },
    {
      what: 'a right on a column of the queue',
      change: 'GRANT SELECT (event_id) ON audit_pending TO probity_app',
      repair: 'REVOKE SELECT (event_id) ON audit_pending FROM probity_app',
      sentence: 'audit_pending: new: grant SELECT (event_id) to probity_app',
    },
    {
      what: 'a role that was let into another',
      change: 'GRANT probity_owner TO probity_app',
      repair: 'REVOKE probity_owner FROM probity_app',
      sentence: 'roles: new: probity_app is a member of probity_owner',
    },
    {
      what: 'a table that keeps nothing over a crash',
      change: 'ALTER TABLE audit_pending SET UNLOGGED',
      repair: 'ALTER TABLE audit_pending SET LOGGED',
      sentence:
        'audit_pending: new: owner probity_owner, kind r, persistence u, row security f, rules f',
    },
    {
      what: 'a rule that swallows inserts',
      change: 'CREATE RULE swallow AS ON INSERT TO audit_pending DO INSTEAD NOTHING',
      repair: 'DROP RULE swallow ON audit_pending',
      sentence:
        'audit_pending: new: owner probity_owner, kind r, persistence p, row security f, rules t',
    },
    {
      what: 'a constraint that was dropped',
      change: 'ALTER TABLE audit_tiles DROP CONSTRAINT audit_tiles_hashes_check',
      repair:
        'ALTER TABLE audit_tiles ADD CONSTRAINT audit_tiles_hashes_check CHECK (octet_length(hashes) = 8192)',
      sentence: 'audit_tiles: missing: constraint CHECK ((octet_length(hashes) = 8192))',
    },
    {
      what: 'another owner',
      change: 'ALTER TABLE audit_checkpoints OWNER TO probity_app',
      repair: 'ALTER TABLE audit_checkpoints OWNER TO probity_owner',
      sentence:
        'audit_checkpoints: missing: owner probity_owner, kind r, persistence p, row security f, rules f',
    },
    {
      what: 'an event trigger that was switched off',
      change: 'ALTER EVENT TRIGGER watch_schema DISABLE',
      repair: 'ALTER EVENT TRIGGER watch_schema ENABLE ALWAYS',
      sentence: 'event triggers: missing',
    },
  ])('names $what', async ({ change, repair, sentence }) => {
    await database.query(change);
    expect(await look()).toContain(sentence);
    await database.query(repair);
  });

  it('names a function that does nothing any more, and one that acts for the owner', async () => {
    const [was] = await database.query<{ definition: string }>(
      `SELECT pg_get_functiondef('refuse_change'::regproc) AS definition`,
    );
    await database.query(
      'CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$',
    );
    await database.query(
      'CREATE FUNCTION lend() RETURNS void LANGUAGE sql SECURITY DEFINER AS $$ SELECT $$',
    );
    const sentences = await look();
    expect(sentences).toContainEqual(
      expect.stringMatching(/^functions: missing: refuse_change\(\)/),
    );
    expect(sentences).toContainEqual(expect.stringMatching(/^functions: new: lend\(\)/));
    await database.query(was!.definition);
    await database.query('DROP FUNCTION lend()');
  });

  it('finds a trigger that was off for a moment only in what the database wrote down', async () => {
    const before = (await listSchemaChanges(reader, 0)).at(-1)?.id ?? 0;
    await database.query(`
      BEGIN;
      ALTER TABLE audit_entries DISABLE TRIGGER refuse_change;
      ALTER TABLE audit_entries ENABLE ALWAYS TRIGGER refuse_change;
      COMMIT`);
    await database.query(
      `CREATE TABLE audit_events_stray (id int); DROP TABLE audit_events_stray`,
      [],
      'superuser',
    );
    expect(await look()).toEqual([]);
    const changes = await listSchemaChanges(reader, before);
    expect(changes.map(({ command, object }) => `${command} ${object}`)).toEqual([
      'ALTER TABLE public.audit_entries',
      'ALTER TABLE public.audit_entries',
      'CREATE TABLE public.audit_events_stray',
      'DROP TABLE public.audit_events_stray',
    ]);
    expect(changes[0]).toMatchObject({ role: expect.stringMatching(/./) as string });
  });

  it.each([
    'audit_cosignatures',
    'audit_published_checkpoints',
    'audit_index_keys',
    'audit_index_subtries',
    'audit_index_progress',
  ])('finds there too that %s was another for a moment', async (table) => {
    const before = (await listSchemaChanges(reader, 0)).at(-1)?.id ?? 0;
    await database.query(`
      BEGIN;
      ALTER TABLE ${table} SET (fillfactor = 90);
      ALTER TABLE ${table} RESET (fillfactor);
      COMMIT`);
    expect(await look()).toEqual([]);
    expect((await listSchemaChanges(reader, before)).map(({ object }) => object)).toEqual([
      `public.${table}`,
      `public.${table}`,
    ]);
  });

  it('finds there a function that acted for the owner for a moment, whatever its name', async () => {
    const before = (await listSchemaChanges(reader, 0)).at(-1)?.id ?? 0;
    await database.query(`
      CREATE FUNCTION lend() RETURNS void LANGUAGE sql SECURITY DEFINER AS $$ SELECT $$;
      CREATE FUNCTION harmless() RETURNS void LANGUAGE sql AS $$ SELECT $$;
      DROP FUNCTION lend(); DROP FUNCTION harmless()`);
    expect(await listSchemaChanges(reader, before)).toMatchObject([
      { command: 'CREATE FUNCTION', object: 'public.lend()' },
    ]);
  });

  it('replaces the watch that an earlier release installed, and names one that was tampered with', async () => {
    const blind = `
      CREATE OR REPLACE FUNCTION guard.record_schema_change() RETURNS event_trigger
      LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN END $$`;
    await database.query(blind, [], 'superuser');
    expect(await look()).toEqual(['event triggers: missing']);
    await installSchemaWatch(database.urls.superuser);
    expect(await look()).toEqual([]);
    const before = (await listSchemaChanges(reader, 0)).at(-1)?.id ?? 0;
    await database.query('COMMENT ON TABLE audit_cosignatures IS NULL');
    expect(await listSchemaChanges(reader, before)).toHaveLength(1);
  });
});
