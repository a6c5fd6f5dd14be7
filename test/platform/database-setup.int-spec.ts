import { rm } from 'node:fs/promises';

import { Client } from 'pg';

import { setUpDatabase } from '../../src/platform/database-setup.js';
import {
  openEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../../src/platform/embedded-postgres/embedded-postgres.js';
import { migrate } from '../../src/platform/migrate.js';
import { Secret } from '../../src/platform/secret.js';
import { makeOpenFolder } from '../support/temporary-folder.js';

/** A server on which nothing of ours has been, as an operator has it before the first set-up. */
describe('setUpDatabase', () => {
  let folder: string;
  let server: EmbeddedPostgres;
  let adminUrl: Secret;

  beforeAll(async () => {
    folder = await makeOpenFolder('probity-setup-');
    server = await openEmbeddedPostgres({ dataDirectory: folder, mode: 'own', throwAway: true });
    const superuser = server.urlOf('postgres', server.credentials.superuser, 'postgres');
    await query(superuser, `CREATE ROLE admin LOGIN CREATEROLE CREATEDB PASSWORD 'admin'`);
    adminUrl = server.urlOf('admin', new Secret('admin'), 'support');
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('prepares a server through a role that is no superuser, and every address works', async () => {
    const urls = await setUpDatabase(adminUrl, { renewPasswords: false });
    expect(await signIn(urls.DATABASE_URL)).toEqual(['probity_app', 'support']);
    expect(await signIn(urls.DATABASE_SEALER_URL)).toEqual(['probity_sealer', 'support']);
    expect(await signIn(urls.DATABASE_READER_URL)).toEqual(['probity_reader', 'support']);
    expect(await signIn(urls.DATABASE_OWNER_URL)).toEqual(['probity_owner', 'support']);
    expect(await signIn(urls.BANK_DATABASE_URL)).toEqual(['probity_bank', 'support_bank']);
    await expect(migrate(urls.DATABASE_OWNER_URL)).resolves.toEqual(expect.any(Array));
  });

  it('keeps the passwords of roles that stand already, unless it is asked to renew them', async () => {
    await expect(setUpDatabase(adminUrl, { renewPasswords: false })).rejects.toThrow(
      '--renew-passwords',
    );
    const urls = await setUpDatabase(adminUrl, { renewPasswords: true });
    expect(await signIn(urls.DATABASE_URL)).toEqual(['probity_app', 'support']);
  });
});

async function signIn(url: Secret): Promise<unknown[]> {
  const [row] = await query(url, 'SELECT current_user AS role, current_database() AS name');
  return [row?.['role'], row?.['name']];
}

async function query(url: Secret, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url.reveal() });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
