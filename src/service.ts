import type { NestFastifyApplication } from '@nestjs/platform-fastify';

import { AppModule } from './app.module.js';
import {
  createHttpApp,
  FileKeyStore,
  openDatabase,
  Readiness,
  SimulatedClock,
  SystemClock,
  type Clock,
  type Config,
  type OpenDatabase,
} from './platform/index.js';

export interface ServiceOptions {
  readonly clock?: Clock;
  /** Told what an operator should know: a database taken over, started again. */
  readonly onNotice?: (sentence: string) => void;
}

/** The service while it listens. */
export interface Service {
  readonly url: string;
  readonly app: NestFastifyApplication;
  readonly database: OpenDatabase;
  /**
   * Drains: no new connections, requests in flight are answered, then jobs, sealer and connections
   * end, and last the embedded database.
   */
  close(): Promise<void>;
}

/**
 * Starts the whole service: database, keys, modules, HTTP.
 *
 * @throws DataDirectoryInUse, SchemaOutOfDate with a sentence for the operator.
 */
export async function startService(config: Config, options: ServiceOptions = {}): Promise<Service> {
  const { onNotice } = options;
  const database = await openDatabase(config, { mode: 'own', ...(onNotice ? { onNotice } : {}) });
  try {
    const app = await createApp(config, database, options.clock ?? clockOf(config));
    await app.listen({ host: config.host, port: config.port });
    return { url: urlOf(app), app, database, close: () => drain(app, database) };
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function createApp(
  config: Config,
  database: OpenDatabase,
  clock: Clock,
): Promise<NestFastifyApplication> {
  const keys = await FileKeyStore.open({
    directory: config.keysDirectory,
    masterKey: config.masterKey,
    nextMasterKey: config.nextMasterKey,
    production: config.profile === 'production',
    clock,
  });
  const module = AppModule.forRoot({ config, urls: database.urls, keys, clock });
  return createHttpApp(module, config);
}

function clockOf(config: Config): Clock {
  return config.simulation ? new SimulatedClock() : new SystemClock();
}

function urlOf(app: NestFastifyApplication): string {
  const address = app.getHttpServer().address();
  if (address === null || typeof address === 'string')
    throw new Error('The service does not listen');
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}

async function drain(app: NestFastifyApplication, database: OpenDatabase): Promise<void> {
  app.get(Readiness).beginDrain();
  try {
    await app.close();
  } finally {
    await database.close();
  }
}
