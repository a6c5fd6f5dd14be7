import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { Client } from 'pg';

import {
  findPostmaster,
  stopPostmaster,
} from '../../../src/platform/embedded-postgres/postmaster.js';
import { startChild, type Child } from '../../support/child-process.js';
import { makeOpenFolder } from '../../support/temporary-folder.js';

const program = 'test/support/database-owner.ts';

describe('a process that owns the embedded server', () => {
  let folder: string;
  let children: Child[];

  beforeAll(async () => {
    folder = await makeOpenFolder('probity-owner-');
  });
  beforeEach(() => {
    children = [];
  });
  afterEach(() => Promise.all(children.map((child) => child.end('SIGTERM'))));
  afterAll(async () => {
    const home = await readFile(join(folder, 'postgres-home'), 'utf8').catch(() => folder);
    for (const path of [home.trim(), folder]) {
      await stopPostmaster(join(path, 'postgres'));
      await rm(path, { recursive: true, force: true });
    }
  });

  /** Where the cluster is, whether or not the server's account can enter the temporary folder. */
  async function inHome(name: string): Promise<string> {
    const home = await readFile(join(folder, 'postgres-home'), 'utf8').catch(() => folder);
    return join(home.trim(), name);
  }

  function start(mode: 'own' | 'join' = 'own'): Child {
    const child = startChild(program, {
      env: { PROBITY_DATA_DIR: folder },
      parameters: [mode],
    });
    children.push(child);
    return child;
  }

  async function urlOf(child: Child): Promise<string> {
    const [, url = ''] = await child.waitFor(/open: (\S+)/);
    return url;
  }

  it('leaves its server to the next start when it is killed, with everything that was committed', async () => {
    const killed = start();
    await rows(await urlOf(killed), 'SELECT 1');
    const server = await findPostmaster(await inHome('postgres'));
    await killed.end('SIGKILL');
    expect(await findPostmaster(await inHome('postgres'))).toEqual(server);

    const next = start();
    await next.waitFor(
      /notice: Took over the PostgreSQL server that a stopped process had left running/,
    );
    expect(
      await rows(await urlOf(next), 'SELECT count(*) > 0 AS migrated FROM migrations'),
    ).toEqual([{ migrated: expect.any(Boolean) }]);
    expect((await findPostmaster(await inHome('postgres')))?.pid).toBe(server?.pid);
  });

  it('stops its server when it is asked to end', async () => {
    const child = start();
    await child.waitFor(/open: /);
    expect(await child.end('SIGTERM')).toBe(0);
    expect(await findPostmaster(await inHome('postgres'))).toBeNull();
  });

  it('keeps a second service out while it runs, and lets a tool in', async () => {
    const owner = start();
    const url = await urlOf(owner);
    const second = start();
    await second.waitFor(
      new RegExp(`refused: The data folder ${folder} is in use by another running Probity`),
    );
    expect(await second.ended()).toBe(1);
    expect(await urlOf(start('join'))).toBe(url);
  });

  it('writes no statement and no row into the log of the server', async () => {
    const url = await urlOf(start());
    await expect(rows(url, `SELECT 'SENTINEL-4000000000081234'::integer`)).rejects.toThrow();
    await expect(
      rows(url, `DO $$ BEGIN RAISE 'x' USING DETAIL = 'SENTINEL-DETAIL'; END $$`),
    ).rejects.toThrow();
    const log = await readFile(await inHome('postgres.log'), 'utf8');
    expect(log).not.toContain('SENTINEL-DETAIL');
    expect(log).not.toContain('SELECT');
  });
});

async function rows(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
