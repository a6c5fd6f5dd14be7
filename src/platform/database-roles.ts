import { type Client, escapeIdentifier, escapeLiteral } from 'pg';

import { Secret } from './secret.js';
import { withClient } from './set-up-connection.js';

/**
 * The roles of the audit ledger, and the sandbox bank's own. Their names are fixed: migrations grant
 * to them by name.
 */
export const databaseRoles = {
  owner: 'probity_owner',
  app: 'probity_app',
  sealer: 'probity_sealer',
  reader: 'probity_reader',
  bank: 'probity_bank',
} as const;

export type DatabaseRole = keyof typeof databaseRoles;
export type RolePasswords = Readonly<Record<DatabaseRole, Secret>>;

/** The two databases of one installation. The bank's stands for a system that is not ours. */
export interface DatabaseNames {
  readonly main: string;
  readonly bank: string;
}

const roleNames = Object.keys(databaseRoles) as DatabaseRole[];
const lockNumber = 7_762_489_002;

/**
 * Creates the roles that are missing, with the passwords given, and answers those it created.
 * Roles that stand already keep their password. Idempotent; safe to run from several processes.
 */
export async function createRoles(
  adminUrl: Secret,
  passwords: RolePasswords,
): Promise<readonly DatabaseRole[]> {
  return withClient(adminUrl, (client) =>
    underLock(client, async () => {
      const { rows } = await client.query<{ rolname: string }>(
        'SELECT rolname FROM pg_roles WHERE rolname = ANY($1)',
        [Object.values(databaseRoles)],
      );
      const present = new Set(rows.map((row) => row.rolname));
      const missing = roleNames.filter((role) => !present.has(databaseRoles[role]));
      for (const role of missing) await createRole(client, role, passwords[role]);
      return missing;
    }),
  );
}

async function createRole(client: Client, role: DatabaseRole, password: Secret): Promise<void> {
  const name = databaseRoles[role];
  await client.query(
    `CREATE ROLE ${name} LOGIN NOCREATEDB NOCREATEROLE PASSWORD ${escapeLiteral(password.reveal())}`,
  );
  // A promise of the ledger, so the installation's default does not decide it.
  await client.query(`ALTER ROLE ${name} SET synchronous_commit = on`);
  if (role === 'reader') {
    await client.query(`ALTER ROLE ${name} SET default_transaction_read_only = on`);
  }
}

/** Gives the roles new passwords; connections that are open stay open. */
export async function changePasswords(adminUrl: Secret, passwords: RolePasswords): Promise<void> {
  await withClient(adminUrl, async (client) => {
    for (const role of roleNames) {
      await client.query(
        `ALTER ROLE ${databaseRoles[role]} PASSWORD ${escapeLiteral(passwords[role].reveal())}`,
      );
    }
  });
}

/**
 * Creates the two databases where they are missing and shuts them to everybody but the roles that
 * belong there. Tables are granted by the migrations, one by one. Idempotent.
 */
export async function createDatabases(adminUrl: Secret, names: DatabaseNames): Promise<void> {
  await withClient(adminUrl, (client) =>
    underLock(client, async () => {
      await createDatabase(client, names.main, 'owner');
      await createDatabase(client, names.bank, 'bank');
      await shutDatabase(client, names.main, ['owner', 'app', 'sealer', 'reader']);
      await shutDatabase(client, names.bank, ['bank']);
    }),
  );
}

async function createDatabase(client: Client, name: string, owner: DatabaseRole): Promise<void> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
  if (rowCount !== 0) return;
  // Who is not a superuser may give a database only to a role it is a member of.
  await client.query(`GRANT ${databaseRoles[owner]} TO CURRENT_USER`);
  await client.query(
    `CREATE DATABASE ${escapeIdentifier(name)} OWNER ${databaseRoles[owner]}
       TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'`,
  );
}

/** Grants on the database itself; a clone of a template does not inherit them. */
export async function shutDatabase(
  client: Client,
  name: string,
  roles: readonly DatabaseRole[],
): Promise<void> {
  const database = escapeIdentifier(name);
  await client.query(`REVOKE ALL ON DATABASE ${database} FROM PUBLIC`);
  const grantees = roles.map((role) => databaseRoles[role]).join(', ');
  await client.query(`GRANT CONNECT ON DATABASE ${database} TO ${grantees}`);
}

/**
 * Prepares the schema as its owner: nobody creates there but the owner, and a function of the owner
 * is nobody's to call until a migration says so. Idempotent.
 */
export async function prepareSchema(ownerUrl: Secret): Promise<void> {
  await withClient(ownerUrl, async (client) => {
    await client.query('REVOKE ALL ON SCHEMA public FROM PUBLIC');
    await client.query(
      `GRANT USAGE ON SCHEMA public TO ${databaseRoles.app}, ${databaseRoles.sealer}, ${databaseRoles.reader}`,
    );
    await client.query('ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC');
  });
}

async function underLock<Result>(client: Client, work: () => Promise<Result>): Promise<Result> {
  await client.query('SELECT pg_advisory_lock($1)', [lockNumber]);
  try {
    return await work();
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [lockNumber]);
  }
}
