import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { Client, escapeIdentifier, Pool, type QueryResultRow } from 'pg';

import {
  changePasswords,
  createDatabases,
  createRoles,
  databaseRoles,
  prepareSchema,
  shutDatabase,
  type DatabaseRole,
  type RolePasswords,
} from '../../src/platform/database-roles.js';
import { openEmbeddedPostgres } from '../../src/platform/embedded-postgres/embedded-postgres.js';
import { migrate } from '../../src/platform/migrate.js';
import { Secret } from '../../src/platform/secret.js';

const startMillisecondsMax = 50_000;
const cloneAttemptsMax = 10;

/** A database of its own for one spec file: every role, every migration, no rows. */
export interface TestDatabase {
  readonly name: string;
  readonly urls: Readonly<Record<DatabaseRole | 'superuser' | 'bankSuperuser', Secret>>;
  /** The part of the environment that points the application here. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs SQL as the superuser, or as the role named. */
  query<Row extends QueryResultRow = QueryResultRow>(
    sql: string,
    parameters?: readonly unknown[],
    role?: DatabaseRole | 'superuser',
  ): Promise<Row[]>;
  close(): Promise<void>;
}

/** Passwords and addresses of the run's server, as one worker writes them for the others. */
interface TestServer {
  readonly superuserUrl: string;
  readonly template: string;
  /** Given from outside, so that teardown removes what is ours from it instead of stopping it. */
  readonly external: boolean;
  readonly passwords: Readonly<Record<DatabaseRole, string>>;
}

/**
 * Clones the migrated template. The first call of a run starts the server (or, with
 * `PROBITY_TEST_DATABASE_URL`, prepares the external one); the run's teardown stops it.
 */
export async function openTestDatabase(): Promise<TestDatabase> {
  const server = await openServer();
  const name = `probity_spec_${randomBytes(6).toString('hex')}`;
  const bank = `${name}_bank`;
  await withClient(server.superuserUrl, async (client) => {
    await clone(client, { name, template: server.template, owner: 'owner' });
    await shutDatabase(client, name, ['owner', 'app', 'sealer', 'reader']);
    await clone(client, { name: bank, template: 'template0', owner: 'bank' });
    await shutDatabase(client, bank, ['bank']);
  });
  return new ClonedDatabase(server, name, bank);
}

class ClonedDatabase implements TestDatabase {
  readonly urls: TestDatabase['urls'];
  readonly env: TestDatabase['env'];
  readonly #pools = new Map<string, Pool>();

  constructor(
    private readonly server: TestServer,
    readonly name: string,
    private readonly bankName: string,
  ) {
    const as = (role: DatabaseRole, database: string): Secret =>
      urlOf(server.superuserUrl, database, {
        user: databaseRoles[role],
        password: server.passwords[role],
      });
    this.urls = {
      owner: as('owner', name),
      app: as('app', name),
      sealer: as('sealer', name),
      reader: as('reader', name),
      bank: as('bank', bankName),
      superuser: urlOf(server.superuserUrl, name),
      bankSuperuser: urlOf(server.superuserUrl, bankName),
    };
    this.env = {
      DATABASE_URL: this.urls.app.reveal(),
      DATABASE_SEALER_URL: this.urls.sealer.reveal(),
      DATABASE_READER_URL: this.urls.reader.reveal(),
      DATABASE_OWNER_URL: this.urls.owner.reveal(),
      BANK_DATABASE_URL: this.urls.bank.reveal(),
      // A loaded machine may take its time to connect; hardly a spec is about that.
      DATABASE_CONNECT_TIMEOUT_MS: '30000',
    };
  }

  async query<Row extends QueryResultRow>(
    sql: string,
    parameters: readonly unknown[] = [],
    role: DatabaseRole | 'superuser' = 'superuser',
  ): Promise<Row[]> {
    const { rows } = await this.#poolOf(role).query<Row>(sql, [...parameters]);
    return rows;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.end()));
    await withClient(this.server.superuserUrl, async (client) => {
      for (const name of [this.name, this.bankName]) {
        await client.query(`DROP DATABASE IF EXISTS ${escapeIdentifier(name)} WITH (FORCE)`);
      }
    });
  }

  #poolOf(role: DatabaseRole | 'superuser'): Pool {
    const present = this.#pools.get(role);
    if (present !== undefined) return present;
    const pool = new Pool({ connectionString: this.urls[role].reveal(), max: 2 });
    // A spec may end the server's side of a connection on purpose; the next query says so.
    pool.on('error', () => undefined);
    this.#pools.set(role, pool);
    return pool;
  }
}

async function clone(
  client: Client,
  { name, template, owner }: { name: string; template: string; owner: DatabaseRole },
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.query(
        `CREATE DATABASE ${escapeIdentifier(name)} TEMPLATE ${escapeIdentifier(template)}
           OWNER ${databaseRoles[owner]}`,
      );
      return;
    } catch (error) {
      // A session that has just ended may still count as using the template (55006).
      if (attempt === cloneAttemptsMax || (error as { code?: string }).code !== '55006')
        throw error;
      await sleep(50 * attempt);
    }
  }
}

/** One worker starts the server; the others wait for what it writes down. */
async function openServer(): Promise<TestServer> {
  const run = process.env['PROBITY_TEST_RUN'];
  if (run === undefined) {
    throw new Error('The database specs need globalSetup: ./test/support/global-setup.mjs');
  }
  const startedHere = await mkdir(join(run, 'start')).then(
    () => true,
    () => false,
  );
  if (startedHere) {
    const outcome = await startServer(run).catch((error: unknown) => ({ error: String(error) }));
    await writeFile(join(run, 'server.json.new'), JSON.stringify(outcome), { mode: 0o600 });
    await rename(join(run, 'server.json.new'), join(run, 'server.json'));
  }
  return readServer(join(run, 'server.json'));
}

async function readServer(path: string): Promise<TestServer> {
  const deadline = Date.now() + startMillisecondsMax;
  while (Date.now() < deadline) {
    const text = await readFile(path, 'utf8').catch(() => null);
    if (text !== null) {
      const outcome = JSON.parse(text) as TestServer | { error: string };
      if ('error' in outcome) throw new Error(`No test database: ${outcome.error}`);
      return outcome;
    }
    await sleep(20);
  }
  throw new Error('No test database: its start took too long');
}

async function startServer(run: string): Promise<TestServer> {
  const external = process.env['PROBITY_TEST_DATABASE_URL'];
  const superuserUrl = new Secret(external ?? (await startEmbedded(run)));
  const passwords = Object.fromEntries(
    Object.keys(databaseRoles).map((role) => [role, new Secret(randomBytes(12).toString('hex'))]),
  ) as RolePasswords;
  await createRoles(superuserUrl, passwords);
  await changePasswords(superuserUrl, passwords);

  const template = `probity_template_${randomBytes(6).toString('hex')}`;
  await createDatabases(superuserUrl, { main: template, bank: `${template}_bank` });
  const ownerUrl = urlOf(superuserUrl.reveal(), template, {
    user: databaseRoles.owner,
    password: passwords.owner.reveal(),
  });
  await prepareSchema(ownerUrl);
  await migrate(ownerUrl);
  return {
    superuserUrl: superuserUrl.reveal(),
    template,
    external: external !== undefined,
    passwords: Object.fromEntries(
      Object.entries(passwords).map(([role, password]) => [role, password.reveal()]),
    ) as TestServer['passwords'],
  };
}

/** The server outlives this worker: it stands in a session of its own and teardown ends it. */
async function startEmbedded(run: string): Promise<string> {
  const server = await openEmbeddedPostgres({
    dataDirectory: join(run, 'data'),
    mode: 'own',
    throwAway: true,
  });
  await server.leave();
  return server.urlOf('postgres', server.credentials.superuser, 'postgres').reveal();
}

function urlOf(
  base: string,
  database: string,
  login?: { readonly user: string; readonly password: string },
): Secret {
  const url = new URL(base);
  url.pathname = `/${database}`;
  if (login !== undefined) {
    url.username = login.user;
    url.password = login.password;
  }
  return new Secret(url.href);
}

async function withClient<Result>(
  url: string,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new Client({ connectionString: url, application_name: 'probity tests' });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
