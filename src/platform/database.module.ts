import { type DynamicModule, Injectable, Logger, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Pool, type PoolConfig } from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';

import { Config, type DatabaseUrls } from './config.js';
import { DatabaseAddresses } from './database-addresses.js';
import { JobQueue } from './jobs.js';
import { LosableClient } from './losable-client.js';
import { PreparingClient } from './preparing-client.js';
import type { Secret } from './secret.js';

/** The application role's connection; only `AuditedTransaction` writes through it. */
export class AppDatabase extends DataSource {
  /** TypeOrmModule calls this in the middle of the shutdown, when the sealer may still be at work. */
  override destroy(): Promise<void> {
    return Promise.resolve();
  }

  async end(): Promise<void> {
    if (this.isInitialized) await super.destroy();
  }
}

/** Connections of the reader role, read-only by the role itself, for queries that disclose nothing. */
export class ReaderDatabase extends DataSource {}

/** Connections of the sealer role. */
export class SealerPool extends Pool {}

/** Connections to the sandbox bank's own database, which stands for a system that is not ours. */
export class BankPool extends Pool {}

type PooledRole = keyof Config['databaseLimits']['poolSizes'];

/** How long an unused connection stays open. */
const idleMilliseconds = 30_000;
const endMillisecondsMax = 2_000;
/** The server's own limit answers first; this one ends the wait where the server is silent. */
const silenceMarginMilliseconds = 5_000;

const logger = new Logger('Database');

function poolConfig(config: Config, role: PooledRole, url: Secret): PoolConfig {
  const limits = config.databaseLimits;
  return {
    connectionString: url.reveal(),
    application_name: `probity ${role}`,
    max: limits.poolSizes[role],
    connectionTimeoutMillis: limits.connectTimeoutMilliseconds,
    idleTimeoutMillis: idleMilliseconds,
    statement_timeout: limits.statementTimeoutMilliseconds,
    query_timeout: limits.statementTimeoutMilliseconds + silenceMarginMilliseconds,
    idle_in_transaction_session_timeout: limits.idleTransactionTimeoutMilliseconds,
    keepAlive: true,
    Client: LosableClient,
  };
}

function dataSourceOptions(config: Config, role: PooledRole, url: Secret): DataSourceOptions {
  const { connectionString, ...extra } = poolConfig(config, role, url);
  return {
    type: 'postgres',
    ...(connectionString === undefined ? {} : { url: connectionString }),
    // Statements go out without waiting for the one before: a transaction needs fewer round trips.
    extra: { ...extra, pipeline: true, Client: PreparingClient },
    synchronize: false,
    installExtensions: false,
    logging: false,
    poolErrorHandler: logLostConnection,
  };
}

/** A connection that breaks while nobody uses it concerns nobody: the pool makes another. */
function logLostConnection(error: unknown): void {
  logger.warn(
    `A pooled connection was lost: ${error instanceof Error ? error.message : 'unknown'}`,
  );
}

function watched<Watched extends Pool>(pool: Watched): Watched {
  pool.on('error', logLostConnection);
  return pool;
}

/** All connections, to be ended together when nothing uses them any more. */
@Injectable()
export class Connections {
  #ended = false;

  constructor(
    private readonly app: AppDatabase,
    private readonly reader: ReaderDatabase,
    private readonly sealer: SealerPool,
    private readonly bank: BankPool,
  ) {}

  async end(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await Promise.all([
      endWithin('app', this.app.end()),
      endWithin('reader', this.reader.destroy()),
      endWithin('sealer', this.sealer.end()),
      endWithin('bank', this.bank.end()),
    ]);
  }
}

/** Makes every connection of the service, by name; `Connections` ends them. */
@Module({})
export class DatabaseModule {
  static forRoot(config: Config, urls: DatabaseUrls): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      imports: [
        TypeOrmModule.forRootAsync({
          useFactory: () => ({
            ...dataSourceOptions(config, 'app', urls.app),
            autoLoadEntities: true,
            retryAttempts: 1,
          }),
          dataSourceFactory: openApp,
        }),
      ],
      providers: [
        { provide: DatabaseAddresses, useValue: urls },
        { provide: AppDatabase, useExisting: DataSource },
        Connections,
        JobQueue,
        {
          provide: ReaderDatabase,
          inject: [DataSource],
          useFactory: (app: DataSource) => openReader(config, urls.reader, app),
        },
        {
          provide: SealerPool,
          useFactory: () => watched(new SealerPool(poolConfig(config, 'sealer', urls.sealer))),
        },
        {
          provide: BankPool,
          useFactory: () => watched(new BankPool(poolConfig(config, 'bank', urls.bank))),
        },
      ],
      exports: [
        DatabaseAddresses,
        Connections,
        AppDatabase,
        TypeOrmModule,
        ReaderDatabase,
        SealerPool,
        BankPool,
        JobQueue,
      ],
    };
  }
}

/** A pool waits for connections that nobody gives back; the drain does not. */
async function endWithin(name: PooledRole, ended: Promise<void>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => resolve('late'), endMillisecondsMax);
  if ((await Promise.race([ended, late])) === 'late') {
    logger.warn(`Connections of ${name} are still in use at the end; they are cut off.`);
  }
  clearTimeout(timer);
}

async function openApp(options?: DataSourceOptions): Promise<AppDatabase> {
  if (options === undefined) throw new Error('The application connection has no options');
  const app = new AppDatabase(options);
  await app.initialize();
  return app;
}

/** The reader knows the same entities, so that a query reads the same either way. */
async function openReader(config: Config, url: Secret, app: DataSource): Promise<ReaderDatabase> {
  const { entities } = app.options;
  const reader = new ReaderDatabase({
    ...dataSourceOptions(config, 'reader', url),
    ...(entities === undefined ? {} : { entities }),
  });
  await reader.initialize();
  return reader;
}
