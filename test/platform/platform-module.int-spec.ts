import { rm } from 'node:fs/promises';

import { Global, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';

import { loadConfig } from '../../src/platform/config.js';
import {
  AppDatabase,
  BankPool,
  ReaderDatabase,
  SealerPool,
} from '../../src/platform/database.module.js';
import { isDatabaseUnavailable } from '../../src/platform/database-unavailable.js';
import { FileKeyStore } from '../../src/platform/file-key-store.js';
import { JobQueue } from '../../src/platform/jobs.js';
import { openDatabase } from '../../src/platform/open-database.js';
import { PlatformModule } from '../../src/platform/platform.module.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { makeOpenFolder } from '../support/temporary-folder.js';

/** Stands for a part that still needs its connections while it stops. */
@Injectable()
class LastWriter implements OnApplicationShutdown {
  written: unknown = null;

  constructor(
    private readonly app: AppDatabase,
    private readonly sealer: SealerPool,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    if (this.written !== null) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
    await this.sealer.query('SELECT 1');
    this.written = await this.app.query('SELECT current_user AS role');
  }
}

@Global()
@Module({ providers: [LastWriter] })
class LastWriterModule {}

describe('PlatformModule', () => {
  let database: TestDatabase;
  let testing: TestingModule;
  let folder: string;

  async function open(): Promise<TestingModule> {
    const config = loadConfig(database.env);
    const { urls } = await openDatabase(config, { mode: 'own' });
    const keys = await FileKeyStore.open({ directory: folder, masterKey: null, production: false });
    const compiled = await Test.createTestingModule({
      imports: [PlatformModule.forRoot({ config, urls, keys }), LastWriterModule],
    }).compile();
    return compiled.init();
  }

  async function terminateWhileSleeping(): Promise<void> {
    for (let found = 0; found === 0;) {
      const rows = await database.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE application_name = 'probity app' AND datname = $1 AND wait_event = 'PgSleep'`,
        [database.name],
      );
      found = rows.length;
    }
  }

  beforeAll(async () => {
    database = await openTestDatabase();
    folder = await makeOpenFolder('probity-platform-');
  });
  beforeEach(async () => {
    testing = await open();
  });
  afterEach(() => testing.close());
  afterAll(async () => {
    await database.close();
    await rm(folder, { recursive: true });
  });

  it('opens each connection under its own role', async () => {
    const sql = 'SELECT current_user AS role';
    expect(await testing.get(AppDatabase).query(sql)).toEqual([{ role: 'probity_app' }]);
    expect(await testing.get(ReaderDatabase).query(sql)).toEqual([{ role: 'probity_reader' }]);
    expect((await testing.get(SealerPool).query(sql)).rows).toEqual([{ role: 'probity_sealer' }]);
    expect((await testing.get(BankPool).query(sql)).rows).toEqual([{ role: 'probity_bank' }]);
  });

  it('keeps the connections until every other part has stopped', async () => {
    const writer = testing.get(LastWriter, { strict: false });
    await testing.close();
    expect(writer.written).toEqual([{ role: 'probity_app' }]);
  });

  it('reports the job queue healthy only while it runs', async () => {
    const jobs = testing.get(JobQueue);
    expect(await jobs.isHealthy()).toBe(true);
    await testing.close();
    expect(await jobs.isHealthy()).toBe(false);
  });

  it('names a lost connection as an outage, not as a fault', async () => {
    const app = testing.get(AppDatabase);
    const lost = app.query('SELECT pg_sleep(5)').catch((reason: unknown) => reason);
    await terminateWhileSleeping();
    expect(isDatabaseUnavailable(await lost)).toBe(true);
    // The pool may hand the broken connection out once more before it sees its end.
    const again = () => app.query<unknown>('SELECT 1 AS one');
    expect(await again().catch(again)).toEqual([{ one: 1 }]);
  });

  it('ends a statement that takes too long', async () => {
    const app = testing.get(AppDatabase);
    const error: unknown = await app
      .query('SET statement_timeout = 50; SELECT pg_sleep(5)')
      .catch((reason: unknown) => reason);
    expect(isDatabaseUnavailable(error)).toBe(true);
  });
});
