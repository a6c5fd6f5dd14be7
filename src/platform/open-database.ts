import type { Config, DatabaseUrls } from './config.js';
import {
  createDatabases,
  createRoles,
  databaseRoles,
  prepareSchema,
  type DatabaseRole,
} from './database-roles.js';
import { superuserName } from './embedded-postgres/cluster.js';
import {
  openEmbeddedPostgres,
  type EmbeddedPostgres,
} from './embedded-postgres/embedded-postgres.js';
import { assertSchemaIsCurrent, migrate } from './migrate.js';
import { installSchemaWatch } from './schema-watch.js';
import type { Secret } from './secret.js';

/** Names of the two databases on the embedded server. */
const embeddedNames = { main: 'probity', bank: 'probity_bank' };

/** A migrated database, ready for the application's roles. */
export interface OpenDatabase {
  readonly urls: DatabaseUrls;
  /** Null where the database is external. */
  readonly embedded: EmbeddedPostgres | null;
  /** Stops the embedded server if this process owns it; call it after every pool has ended. */
  close(): Promise<void>;
}

export interface OpenDatabaseOptions {
  /** `own` for the service; `join` for tools that may run beside it. */
  readonly mode: 'own' | 'join';
  readonly onNotice?: (sentence: string) => void;
}

/**
 * Opens the configured database: the external one, or the embedded server with its roles and
 * databases made. Where the owner's address is known, migrations run under a lock.
 *
 * @throws SchemaOutOfDate where migrations are missing and nobody may run them here.
 * @throws DataDirectoryInUse where another service owns the embedded server and `mode` is `own`.
 */
export async function openDatabase(
  config: Config,
  options: OpenDatabaseOptions,
): Promise<OpenDatabase> {
  if (config.externalDatabase !== null) {
    await bringUpToDate(config.externalDatabase);
    return { urls: config.externalDatabase, embedded: null, close: () => Promise.resolve() };
  }
  const server = await openEmbeddedPostgres({ dataDirectory: config.dataDirectory, ...options });
  try {
    const urls = embeddedUrls(server);
    if (server.owned) await prepareEmbedded(server, urls.owner);
    await bringUpToDate(server.owned ? urls : { ...urls, owner: null });
    // After the migrations: what this release changes is no news to itself.
    if (server.owned) await installSchemaWatch(superuserUrl(server, embeddedNames.main));
    return { urls, embedded: server, close: () => server.close() };
  } catch (error) {
    await server.close();
    throw error;
  }
}

async function bringUpToDate(urls: DatabaseUrls): Promise<void> {
  if (urls.owner === null) await assertSchemaIsCurrent(urls.app);
  else await migrate(urls.owner);
}

async function prepareEmbedded(server: EmbeddedPostgres, ownerUrl: Secret): Promise<void> {
  const adminUrl = superuserUrl(server, 'postgres');
  await createRoles(adminUrl, server.credentials);
  await createDatabases(adminUrl, embeddedNames);
  await prepareSchema(ownerUrl);
}

function superuserUrl(server: EmbeddedPostgres, database: string): Secret {
  return server.urlOf(superuserName, server.credentials.superuser, database);
}

function embeddedUrls(server: EmbeddedPostgres): DatabaseUrls & { readonly owner: Secret } {
  const as = (role: DatabaseRole, database: string): Secret =>
    server.urlOf(databaseRoles[role], server.credentials[role], database);
  const { main, bank } = embeddedNames;
  return {
    owner: as('owner', main),
    app: as('app', main),
    sealer: as('sealer', main),
    reader: as('reader', main),
    bank: as('bank', bank),
  };
}
