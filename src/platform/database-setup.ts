import { Client } from 'pg';

import {
  changePasswords,
  createDatabases,
  createRoles,
  databaseRoles,
  prepareSchema,
  type DatabaseRole,
  type RolePasswords,
} from './database-roles.js';
import { generatePassword } from './embedded-postgres/credentials.js';
import { Secret } from './secret.js';

const serverVersionMin = 150_000;
const maintenanceDatabase = 'postgres';
const defaultDatabase = 'probity';

/** Addresses for the environment of the service, by the name of their variable. */
export type SetUpUrls = Readonly<
  Record<
    | 'DATABASE_URL'
    | 'DATABASE_SEALER_URL'
    | 'DATABASE_READER_URL'
    | 'DATABASE_OWNER_URL'
    | 'BANK_DATABASE_URL',
    Secret
  >
>;

/** Thrown where the roles stand already, so that their passwords are not known here. */
export class RolesExist extends Error {
  override readonly name = 'RolesExist';
}

/**
 * Prepares an external PostgreSQL: the roles, the database that the address names (`probity` where
 * it names none), and the sandbox bank's beside it.
 *
 * @param adminUrl a role that may create roles and databases.
 * @throws RolesExist where roles stand and `renewPasswords` is false.
 */
export async function setUpDatabase(
  adminUrl: Secret,
  options: { readonly renewPasswords: boolean },
): Promise<SetUpUrls> {
  const main = databaseNameOf(adminUrl);
  const bank = `${main}_bank`;
  const admin = withDatabase(adminUrl, maintenanceDatabase);
  await assertVersion(admin);

  const passwords = generatePasswords();
  const created = await createRoles(admin, passwords);
  if (created.length < Object.keys(databaseRoles).length) {
    if (!options.renewPasswords) {
      throw new RolesExist(
        'Roles of Probity stand already in this server; their passwords are kept and cannot be shown. ' +
          'Add --renew-passwords to give all of them new ones.',
      );
    }
    await changePasswords(admin, passwords);
  }
  await createDatabases(admin, { main, bank });

  const as = (role: DatabaseRole, database: string): Secret =>
    withDatabase(adminUrl, database, { role, password: passwords[role] });
  await prepareSchema(as('owner', main));
  return {
    DATABASE_URL: as('app', main),
    DATABASE_SEALER_URL: as('sealer', main),
    DATABASE_READER_URL: as('reader', main),
    DATABASE_OWNER_URL: as('owner', main),
    BANK_DATABASE_URL: as('bank', bank),
  };
}

function generatePasswords(): RolePasswords {
  const entries = Object.keys(databaseRoles).map((role) => [role, new Secret(generatePassword())]);
  return Object.fromEntries(entries) as RolePasswords;
}

function databaseNameOf(url: Secret): string {
  const name = decodeURIComponent(new URL(url.reveal()).pathname.slice(1));
  return name === '' || name === maintenanceDatabase ? defaultDatabase : name;
}

function withDatabase(
  base: Secret,
  database: string,
  login?: { readonly role: DatabaseRole; readonly password: Secret },
): Secret {
  const url = new URL(base.reveal());
  url.pathname = `/${encodeURIComponent(database)}`;
  if (login !== undefined) {
    url.username = databaseRoles[login.role];
    url.password = login.password.reveal();
  }
  return new Secret(url.href);
}

async function assertVersion(url: Secret): Promise<void> {
  const client = new Client({ connectionString: url.reveal() });
  await client.connect();
  try {
    const { rows } = await client.query<{ version: string }>(
      `SELECT current_setting('server_version_num') AS version`,
    );
    const version = Number(rows[0]?.version);
    if (version < serverVersionMin) {
      throw new Error(
        `PostgreSQL 15 or later is needed; this server is ${Math.floor(version / 10_000)}.`,
      );
    }
  } finally {
    await client.end();
  }
}
