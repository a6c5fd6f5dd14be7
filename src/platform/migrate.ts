import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import type { Client } from 'pg';
import { PgBoss } from 'pg-boss';
import { DataSource, type MigrationInterface } from 'typeorm';

import { databaseRoles } from './database-roles.js';
import type { Secret } from './secret.js';
import { setUpConnectMillisecondsMax, withClient } from './set-up-connection.js';

type MigrationClass = new () => MigrationInterface;

const migrationsTable = 'migrations';
/** Where the job queue keeps its own tables. */
export const jobSchema = 'pgboss';
const lockNumber = 7_762_489_003;
const fileName = /^(\d{13})-[a-z0-9-]+\.(?:ts|js)$/;

/** Thrown where the database is older than this release and no owner connection is configured. */
export class SchemaOutOfDate extends Error {
  override readonly name = 'SchemaOutOfDate';
}

/**
 * Brings the schema up to this release, as the owner. Processes that start together wait for one
 * another: the first runs the migrations, the others find nothing left to do.
 *
 * @returns the names of the migrations that ran.
 */
export async function migrate(ownerUrl: Secret): Promise<readonly string[]> {
  return underMigrationLock(ownerUrl, async (client) => {
    const ran = await runMigrations(ownerUrl);
    await installJobSchema(client, ownerUrl);
    await client.query(
      `GRANT SELECT ON ${migrationsTable} TO ${databaseRoles.app}, ${databaseRoles.reader}`,
    );
    return ran;
  });
}

/**
 * Checks that every migration of this release has run. A database that is already further is
 * accepted: migrations only add, so that releases can be rolled out one process at a time.
 *
 * @throws SchemaOutOfDate naming the command that helps.
 */
export async function assertSchemaIsCurrent(url: Secret): Promise<void> {
  const expected = (await loadMigrations()).map((migration) => migration.name);
  const done = new Set(await withClient(url, listDone));
  const missing = expected.filter((name) => !done.has(name));
  if (missing.length === 0) return;
  throw new SchemaOutOfDate(
    `The database lacks ${missing.length} of the ${expected.length} migrations of this release. ` +
      'Run `npm run db:migrate -- <owner url>`, or set DATABASE_OWNER_URL.',
  );
}

async function listDone(client: Client): Promise<readonly string[]> {
  const { rows: found } = await client.query<{ present: boolean }>(
    'SELECT to_regclass($1) IS NOT NULL AS present',
    [`public.${migrationsTable}`],
  );
  if (found[0]?.present !== true) return [];
  const { rows } = await client.query<{ name: string }>(`SELECT name FROM ${migrationsTable}`);
  return rows.map((row) => row.name);
}

async function runMigrations(ownerUrl: Secret): Promise<readonly string[]> {
  const dataSource = new DataSource({
    type: 'postgres',
    url: ownerUrl.reveal(),
    applicationName: 'probity migrations',
    migrations: [...(await loadMigrations())],
    migrationsTableName: migrationsTable,
    synchronize: false,
    logging: false,
    poolSize: 1,
    connectTimeoutMS: setUpConnectMillisecondsMax,
  });
  await dataSource.initialize();
  try {
    const ran = await dataSource.runMigrations({ transaction: 'each' });
    return ran.map((migration) => migration.name);
  } finally {
    await dataSource.destroy();
  }
}

/**
 * Finds the migrations beside the sources or beside the build.
 *
 * @throws Error where a file does not hold exactly one class named after its own timestamp.
 */
export async function loadMigrations(): Promise<readonly MigrationClass[]> {
  const here = dirname(fileURLToPath(import.meta.url));
  const folder = join(here, '../../migrations');
  const files = (await readdir(folder)).filter((name) => fileName.test(name)).sort();
  return Promise.all(files.map((file) => loadMigration(folder, file)));
}

async function loadMigration(folder: string, file: string): Promise<MigrationClass> {
  const exported = (await import(pathToFileURL(join(folder, file)).href)) as Record<
    string,
    unknown
  >;
  const classes = Object.values(exported).filter((value) => typeof value === 'function');
  const [migration] = classes;
  const timestamp = fileName.exec(file)?.[1] ?? '';
  if (classes.length !== 1 || !migration?.name.endsWith(timestamp)) {
    throw new Error(`${file} must export one class whose name ends in ${timestamp}`);
  }
  return migration as MigrationClass;
}

/** The job queue makes and upgrades its own tables; the application may use, not change them. */
async function installJobSchema(client: Client, ownerUrl: Secret): Promise<void> {
  const queue = new PgBoss({
    connectionString: ownerUrl.reveal(),
    application_name: 'probity migrations',
    schema: jobSchema,
    max: 1,
    migrate: true,
    createSchema: true,
    supervise: false,
    schedule: false,
  });
  await queue.start();
  await queue.stop({ graceful: false });
  await client.query(`
    GRANT USAGE ON SCHEMA ${jobSchema} TO ${databaseRoles.app};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${jobSchema} TO ${databaseRoles.app};
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ${jobSchema} TO ${databaseRoles.app};
  `);
}

async function underMigrationLock<Result>(
  ownerUrl: Secret,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  return withClient(ownerUrl, async (client) => {
    // Held by the session: the end of the connection, however it comes, lets go of it.
    await client.query('SELECT pg_advisory_lock($1)', [lockNumber]);
    return work(client);
  });
}
