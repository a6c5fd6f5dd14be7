import { readFileSync } from 'node:fs';
import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Client } from 'pg';

import {
  openEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from '../../../src/platform/embedded-postgres/embedded-postgres.js';
import { findPostmaster } from '../../../src/platform/embedded-postgres/postmaster.js';
import { makeOpenFolder } from '../../support/temporary-folder.js';

describe('openEmbeddedPostgres', () => {
  /** One cluster for every test that does not need a first start. */
  let standing: string;
  let fresh: string;
  let opened: EmbeddedPostgres[];

  beforeAll(async () => {
    standing = await makeOpenFolder('probity-embedded-');
    const first = await openEmbeddedPostgres({
      dataDirectory: standing,
      mode: 'own',
      throwAway: true,
    });
    await first.close();
  });
  beforeEach(async () => {
    fresh = await makeOpenFolder('probity-embedded-');
    opened = [];
  });
  afterEach(async () => {
    await Promise.all(opened.map((server) => server.close()));
    await removeFolder(fresh);
  });
  afterAll(() => removeFolder(standing));

  async function open(options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
    const server = await openEmbeddedPostgres({
      dataDirectory: standing,
      mode: 'own',
      throwAway: true,
      ...options,
    });
    opened.push(server);
    return server;
  }

  it('keeps the data over a stop and a start', async () => {
    const first = await open();
    await query(first, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.close();

    expect(await query(await open(), 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('keeps what was committed when the server itself is killed, and starts it again at the same port', async () => {
    const notices: string[] = [];
    const server = await open({ throwAway: false, onNotice: (sentence) => notices.push(sentence) });
    await query(server, 'CREATE TABLE committed AS SELECT 42 AS answer');
    const { port } = server;
    const before = await runningServer();
    process.kill(before.pid, 'SIGKILL');

    await until(() => notices.length > 0);
    expect(notices).toEqual(['PostgreSQL had ended and was started again.']);
    expect(server.port).toBe(port);
    expect(await query(server, 'SELECT answer FROM committed')).toEqual([{ answer: 42 }]);
  });

  it('refuses a second owner in a clear sentence and leaves the first alone', async () => {
    const first = await open();
    await expect(open()).rejects.toThrow(
      `The data folder ${standing} is in use by another running Probity: ` +
        `probity owner (process ${process.pid}).`,
    );
    expect(await query(first, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('lets a tool join the running server and does not stop it with the tool', async () => {
    const owner = await open();
    const tool = await open({ mode: 'join' });
    expect([tool.port, tool.owned]).toEqual([owner.port, false]);
    await tool.close();
    expect(await query(owner, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('starts the server for a tool where none runs, and stops it with the tool', async () => {
    const tool = await open({ mode: 'join' });
    expect(tool.owned).toBe(true);
    await tool.close();
    expect(await findPostmaster(await clusterOf(standing))).toBeNull();
  });

  it('lets one of two concurrent first starts win', async () => {
    const both = [open({ dataDirectory: fresh }), open({ dataDirectory: fresh })];
    const outcomes = await Promise.allSettled(both);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('runs the server in a session of its own, out of reach of the terminal', async () => {
    await open();
    const { pid } = await runningServer();
    expect(sessionOf(pid)).toBe(pid);
    expect(sessionOf(pid)).not.toBe(sessionOf(process.pid));
  });

  it('is not deceived by a pid file that names a living process of somebody else', async () => {
    const pidFile = join(await clusterOf(standing), 'postmaster.pid');
    await writeFile(pidFile, `${process.pid}\n${standing}\n0\n5432\n\n127.0.0.1\n0 0\nready\n`);
    expect(await query(await open(), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('begins anew where an earlier first start was cut off', async () => {
    await mkdir(join(fresh, 'initdb-cut-off/cluster'), { recursive: true });
    expect(await query(await open({ dataDirectory: fresh }), 'SELECT 1 AS one')).toEqual([
      { one: 1 },
    ]);
  });

  it('refuses a cluster of another major version by name', async () => {
    const cluster = join(fresh, 'postgres');
    await mkdir(cluster);
    await writeFile(join(cluster, 'PG_VERSION'), '17\n');
    await expect(open({ dataDirectory: fresh })).rejects.toThrow('was made by PostgreSQL 17');
  });

  it('works under a folder that only its owner may enter, and finds its data again', async () => {
    await chmod(fresh, 0o700);
    const dataDirectory = join(fresh, 'data');
    const first = await open({ dataDirectory });
    await query(first, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.close();
    // Whatever the permissions become, the data stay where they were begun.
    await chmod(fresh, 0o755);
    const second = await open({ dataDirectory });
    expect(await query(second, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    await second.close();
    await rm(await homeOf(dataDirectory), { recursive: true });
  });

  it('begins anew after its data folder was removed, wherever the old cluster lies', async () => {
    await chmod(fresh, 0o700);
    const dataDirectory = join(fresh, 'removed');
    await (await open({ dataDirectory })).close();
    const before = await homeOf(dataDirectory);
    await rm(dataDirectory, { recursive: true });
    const again = await open({ dataDirectory });
    expect(await query(again, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await again.close();
    for (const home of [before, await homeOf(dataDirectory)]) {
      await rm(home, { recursive: true, force: true });
    }
  });

  it('keeps the data in a data folder of which only its own permissions stood in the way', async () => {
    await chmod(fresh, 0o700);
    await (await open({ dataDirectory: fresh })).close();
    expect(await homeOf(fresh)).toBe(fresh);
  });

  it('says what is gone where the recorded folder of the data is missing', async () => {
    await writeFile(join(fresh, 'postgres-home'), '/nowhere/at-all\n');
    await expect(open({ dataDirectory: fresh })).rejects.toThrow(
      'is kept in /nowhere/at-all, which is gone',
    );
    await rm(join(fresh, 'postgres-home'));
  });

  it('keeps passwords for the eyes of its own account only', async () => {
    const { mode } = await stat(join(standing, 'postgres-credentials.json'));
    expect(mode & 0o777).toBe(0o600);
  });

  it('checks passwords, and sets what durability rests on', async () => {
    const server = await open({ throwAway: false });
    const wrong = new Client({
      connectionString: `postgres://postgres:wrong@127.0.0.1:${server.port}/postgres`,
    });
    await expect(wrong.connect()).rejects.toMatchObject({ code: '28P01' });
    const settings = await query(
      server,
      `SELECT name, setting FROM pg_settings WHERE name IN
         ('fsync', 'full_page_writes', 'synchronous_commit', 'data_checksums', 'listen_addresses')
       ORDER BY name`,
    );
    expect(settings).toEqual([
      { name: 'data_checksums', setting: 'on' },
      { name: 'fsync', setting: 'on' },
      { name: 'full_page_writes', setting: 'on' },
      { name: 'listen_addresses', setting: '127.0.0.1' },
      { name: 'synchronous_commit', setting: 'on' },
    ]);
  });

  async function runningServer(): Promise<{ readonly pid: number }> {
    const found = await findPostmaster(await clusterOf(standing));
    if (found === null) throw new Error('No server runs');
    return found;
  }
});

async function removeFolder(folder: string): Promise<void> {
  const home = await homeOf(folder);
  await Promise.all([home, folder].map((path) => rm(path, { recursive: true, force: true })));
}

async function clusterOf(dataDirectory: string): Promise<string> {
  return join(await homeOf(dataDirectory), 'postgres');
}

async function homeOf(dataDirectory: string): Promise<string> {
  const recorded = await readFile(join(dataDirectory, 'postgres-home'), 'utf8').catch(() => null);
  return recorded?.trim() ?? dataDirectory;
}

async function query(server: EmbeddedPostgres, sql: string): Promise<unknown[]> {
  const url = server.urlOf('postgres', server.credentials.superuser, 'postgres');
  const client = new Client({ connectionString: url.reveal() });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** The session id: the fourth field after the name (proc(5)). */
function sessionOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return Number(fields[3]);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}
